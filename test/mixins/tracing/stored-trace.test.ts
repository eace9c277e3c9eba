import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ServiceBroker } from "moleculer";
import { z } from "zod";
import { busMiddleware } from "../../../mixins/bus/bus-middleware.ts";
import { on } from "../../../mixins/bus/bus.ts";
import { embeddedBus } from "../../../mixins/bus/embedded-bus.ts";
import { sqliteStore } from "../../../mixins/collection/sqlite-store.ts";
import { fact } from "../../../mixins/contract.ts";
import { facts } from "../../../mixins/facts.ts";
import { currentTrace, withinTrace, type TraceContext } from "../../../mixins/trace-context.ts";
import { traceMiddleware } from "../../../mixins/tracing/trace-middleware.ts";
import { eventually } from "../../eventually.ts";

const NoteWritten = fact("notes.written", z.object({ text: z.string() }));
const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

test("a fact that is published only after a restart still belongs to the request that caused it", async () => {
  const directory = mkdtempSync(path.join(tmpdir(), "hallabong-"));
  const definition = { service: "notes", noun: "note", fields: {} } as const;
  const before = sqliteStore({ directory });
  const notes = await before.open<{ text: string }>(definition);
  const traceparent = `00-${TRACE}-00f067aa0ba902b7-01`;
  await withinTrace({ requestId: "request-1", traceparent }, () =>
    notes.insert({ text: "a" }, [NoteWritten({ text: "a" })]),
  );
  await notes.insert({ text: "b" }, [NoteWritten({ text: "b" })]);
  await before.close();

  const after = sqliteStore({ directory });
  const again = await after.open<{ text: string }>(definition);
  const seen: Record<string, (TraceContext | undefined)[]> = { a: [], b: [], called: [] };
  const broker = new ServiceBroker({
    ...{ logger: false, skipProcessEventRegistration: true },
    middlewares: [busMiddleware(() => embeddedBus()), traceMiddleware({ share: 1 })],
  });
  broker.createService({
    name: "notes",
    mixins: [facts({ relays: () => [again] })],
    actions: { read: () => void seen.called!.push(currentTrace()) },
  });
  const handle = async ({ text }: { text: string }) => {
    seen[text]!.push(currentTrace());
    if (text === "a") await broker.call("notes.read");
  };
  broker.createService({ name: "readers", mixins: [facts({ subscriptions: [on(NoteWritten, handle)] })] });
  await broker.start();

  await eventually(() => expect([seen.a!.length, seen.b!.length, seen.called!.length]).toEqual([1, 1, 1]));
  for (const trace of [seen.a![0], seen.called![0]]) {
    expect(trace).toEqual({
      requestId: "request-1",
      traceparent: expect.stringMatching(`^00-${TRACE}-[0-9a-f]{16}-01$`),
    });
  }
  expect(seen.a![0]!.traceparent).not.toBe(seen.called![0]!.traceparent);
  expect(seen.b).toEqual([undefined]);
  await broker.stop();
  await after.close();
  rmSync(directory, { recursive: true, force: true });
});
