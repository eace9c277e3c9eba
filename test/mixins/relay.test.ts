import { z } from "zod";
import type { Bus } from "../../mixins/bus/bus.ts";
import { Relay, relayPosition, type RelayOptions } from "../../mixins/bus/relay.ts";
import { fact, type Fact } from "../../mixins/contract.ts";
import { eventually } from "../eventually.ts";
import { NotedFacts } from "./noted-facts.ts";

const Painted = fact("relay.painted", z.object({ colour: z.string() }));
const colourOf = (one: Fact) => (one.payload as { colour: string }).colour;

describe("A relay", () => {
  let source: NotedFacts;
  let taken: string[];
  let publish: (fact: Fact) => Promise<void>;
  let relay: Relay | undefined;
  const warnings: unknown[] = [];

  beforeEach(() => {
    source = new NotedFacts();
    taken = [];
    warnings.length = 0;
    publish = async (one) => void taken.push(colourOf(one));
  });
  afterEach(() => relay?.stop());

  const start = (options: RelayOptions = {}) => {
    const bus = { publish: (one: Fact) => publish(one) } as Bus;
    const logger = { warn: (...parts: unknown[]) => void warnings.push(parts) };
    relay = new Relay(source, bus, { longestPauseMs: 50, logger, ...options });
    relay.start();
    return relay;
  };

  test("publishes a fact after the write and forgets it afterwards", async () => {
    start();
    source.write("wall", Painted({ colour: "red" }));
    await relay!.idle(20_000);
    expect([taken, source.unsent]).toEqual([["red"], []]);
  });

  test("publishes on its start what was left before", async () => {
    source.write("wall", Painted({ colour: "red" }));
    await start().idle(20_000);
    expect([taken, source.unsent]).toEqual([["red"], []]);
  });

  test("finds by its sweep what another process wrote", async () => {
    start({ sweepMs: 20 });
    await relay!.idle(20_000);
    source.unsent.push({ documentId: "wall", fact: Painted({ colour: "red" }) });
    await eventually(() => expect([taken, source.unsent]).toEqual([["red"], []]));
  });

  test("publishes the facts of one document in their order, one after the other", async () => {
    let atOnce = 0;
    let mostAtOnce = 0;
    publish = async (one) => {
      mostAtOnce = Math.max(mostAtOnce, ++atOnce);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
      taken.push(colourOf(one));
      atOnce--;
    };
    start();
    const colours = Array.from({ length: 30 }, (_, at) => `colour ${at}`);
    for (const colour of colours) source.write("wall", Painted({ colour }));
    await eventually(() => expect(source.unsent).toEqual([]));
    expect([taken, mostAtOnce]).toEqual([colours, 1]);
  });

  test("does not let a document wait for the stuck fact of another", async () => {
    const gate = Promise.withResolvers<void>();
    publish = async (one) => {
      if (colourOf(one) === "stuck") await gate.promise;
      taken.push(colourOf(one));
    };
    start();
    source.write("first", Painted({ colour: "stuck" }));
    source.write("second", Painted({ colour: "red" }));
    await eventually(() => expect(taken).toEqual(["red"]));
    gate.resolve();
    await eventually(() => expect(taken).toEqual(["red", "stuck"]));
  });

  test("keeps a refused fact in its document, warns once and succeeds later", async () => {
    let refusals = 5;
    publish = async (one) => {
      expect(source.unsent.length).toBe(1);
      if (refusals-- > 0) throw new Error("the bus is away");
      taken.push(colourOf(one));
    };
    start();
    source.write("wall", Painted({ colour: "red" }));
    await eventually(() => expect(source.unsent).toEqual([]));
    expect([taken, warnings.length]).toEqual([["red"], 1]);
  });

  test("publishes a fact once, however often it looks", async () => {
    start({ sweepMs: 1 });
    const colours = Array.from({ length: 3000 }, (_, at) => `colour ${at}`);
    for (const colour of colours) {
      source.write(`wall ${colours.indexOf(colour) % 700}`, Painted({ colour }));
      if (colour.endsWith("00")) await new Promise(setImmediate);
    }
    await eventually(() => expect(source.unsent).toEqual([]));
    expect(taken.length).toBe(3000);
    expect(new Set(taken)).toEqual(new Set(colours));
  });

  test("reads its collection once at a time", async () => {
    start({ sweepMs: 1 });
    for (let at = 0; at < 200; at++) {
      source.write(`wall ${at}`, Painted({ colour: "red" }));
      void relay!.idle(1000);
      if (at % 10 === 0) await new Promise(setImmediate);
    }
    await eventually(() => expect(source.unsent).toEqual([]));
    expect(source.mostReadsAtOnce).toBe(1);
  });

  test("is not idle while a fact written before is on its way", async () => {
    const gate = Promise.withResolvers<void>();
    publish = () => gate.promise;
    start();
    source.write("wall", Painted({ colour: "red" }));
    let idle = false;
    const waited = relay!.idle(20_000).then(() => (idle = true));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(idle).toBe(false);
    gate.resolve();
    await waited;
    expect(source.unsent).toEqual([]);
  });

  test("is idle for one who came after the stuck fact", async () => {
    const gate = Promise.withResolvers<void>();
    publish = (one) => (colourOf(one) === "stuck" ? gate.promise : Promise.resolve());
    start();
    source.write("first", Painted({ colour: "stuck" }));
    const limit = relay!.idle(100);
    await limit;
    const since = relayPosition();
    source.write("second", Painted({ colour: "red" }));
    await relay!.idle(2 ** 30, since);
    expect(source.unsent.map(({ fact: one }) => colourOf(one))).toEqual(["stuck"]);
    gate.resolve();
  });

  test("waits no longer than the limit", async () => {
    publish = () => new Promise(() => {});
    start();
    source.write("wall", Painted({ colour: "red" }));
    await expect(relay!.idle(20)).resolves.toBeUndefined();
    const stopped = relay!.stop(20);
    relay = undefined;
    await stopped;
  });

  test("does not wait at all when the bus refuses", async () => {
    publish = async () => Promise.reject(new Error("the bus is away"));
    start();
    source.write("wall", Painted({ colour: "red" }));
    await relay!.idle(2 ** 30);
    expect(source.unsent.length).toBe(1);
  });

  test("touches neither bus nor collection after it has stopped", async () => {
    start({ sweepMs: 1 });
    await relay!.stop();
    const { reads } = source;
    source.write("wall", Painted({ colour: "red" }));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect([taken, source.reads]).toEqual([[], reads]);
  });
});
