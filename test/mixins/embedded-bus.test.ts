import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { z } from "zod";
import type { Bus } from "../../mixins/bus/bus.ts";
import { deadLetterCollection } from "../../mixins/bus/dead-letters.ts";
import { embeddedBus, type EmbeddedBusOptions } from "../../mixins/bus/embedded-bus.ts";
import { sqliteStore } from "../../mixins/collection/sqlite-store.ts";
import { fact, type Fact } from "../../mixins/contract.ts";
import { eventually } from "../eventually.ts";

const Painted = fact("embedded.painted", z.object({ colour: z.string() }));

describe("The embedded bus", () => {
  let bus: Bus;
  afterEach(() => bus.stop());

  const open = async (options: EmbeddedBusOptions = {}) => {
    bus = embeddedBus({ tries: 3, firstPauseMs: 5, ...options });
    await bus.start();
  };
  const subscribe = (service: string, handle: (fact: Fact) => Promise<void>) =>
    bus.subscribe(service, { factName: Painted.factName, handle });

  test("takes a fact over only after every subscriber has finished", async () => {
    await open();
    const finished: string[] = [];
    for (const service of ["first", "second"]) {
      subscribe(service, async () => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        finished.push(service);
      });
    }
    await bus.publish(Painted({ colour: "red" }));
    expect(finished).toEqual(["first", "second"]);
  });

  test("without a store for dead letters it refuses a fact that a subscriber cannot apply", async () => {
    await open();
    subscribe("failing", async () => Promise.reject(new Error("wet paint")));
    await expect(bus.publish(Painted({ colour: "red" }))).rejects.toThrow("wet paint");
    expect(await bus.deadLetters.list(10)).toEqual([]);
  });

  test("a fact offered again after a refusal goes only to those who have not finished", async () => {
    await open();
    let broken = true;
    let healthy = 0;
    let failing = 0;
    subscribe("healthy", async () => void healthy++);
    subscribe("failing", async () => {
      failing++;
      if (broken) throw new Error("broken");
    });
    const painted = Painted({ colour: "red" });
    await expect(bus.publish(painted)).rejects.toThrow("broken");
    broken = false;
    await bus.publish(painted);
    expect([healthy, failing]).toEqual([1, 4]);
  });

  test("a handler that hangs has failed after its limit", async () => {
    await open({ handlingLimitMs: 10 });
    let entered = 0;
    subscribe("hanging", () => {
      entered++;
      return new Promise(() => {});
    });
    await expect(bus.publish(Painted({ colour: "red" }))).rejects.toThrow("hanging on embedded.painted took longer");
    expect(entered).toBe(3);
  });

  test("a subscriber handles no more facts at once than its lane is wide", async () => {
    await open({ atOnce: 3 });
    let atOnce = 0;
    let mostAtOnce = 0;
    subscribe("busy", async () => {
      mostAtOnce = Math.max(mostAtOnce, ++atOnce);
      await new Promise((resolve) => setTimeout(resolve, 2));
      atOnce--;
    });
    await Promise.all(Array.from({ length: 50 }, () => bus.publish(Painted({ colour: "red" }))));
    expect(mostAtOnce).toBe(3);
  });

  test("stopping gives up on a handler that hangs, and the fact is refused", async () => {
    await open({ stopLimitMs: 10 });
    const entered = Promise.withResolvers<void>();
    subscribe("hanging", () => {
      entered.resolve();
      return new Promise(() => {});
    });
    const refused = expect(bus.publish(Painted({ colour: "red" }))).rejects.toThrow("stopped before");
    await entered.promise;
    await bus.stop();
    await refused;
  });

  test("stopping ends the pause between two tries, and no letter is written", async () => {
    const directory = mkdtempSync(path.join(tmpdir(), "letters-"));
    const store = sqliteStore({ directory });
    await open({ firstPauseMs: 2 ** 30, openLetters: () => store.open(deadLetterCollection) });
    const tried = Promise.withResolvers<void>();
    subscribe("failing", async () => {
      tried.resolve();
      throw new Error("broken");
    });
    const refused = expect(bus.publish(Painted({ colour: "red" }))).rejects.toThrow();
    await tried.promise;
    await bus.stop();
    await refused;
    expect(await (await store.open(deadLetterCollection)).count()).toBe(0);
    await store.close();
    rmSync(directory, { recursive: true });
  });

  test("dead letters outlive the process", async () => {
    const directory = mkdtempSync(path.join(tmpdir(), "letters-"));
    const first = sqliteStore({ directory });
    await open({ openLetters: () => first.open(deadLetterCollection) });
    subscribe("failing", async () => Promise.reject(new Error("broken")));
    const painted = Painted({ colour: "red" });
    await bus.publish(painted);
    await bus.stop();
    await first.close();

    const second = sqliteStore({ directory });
    await open({ openLetters: () => second.open(deadLetterCollection) });
    const arrived: Fact[] = [];
    subscribe("failing", async (one) => void arrived.push(one));
    const [letter] = await bus.deadLetters.list(10);
    expect(letter).toMatchObject({ subscriber: "failing", fact: painted, reason: "broken" });
    await bus.deadLetters.replay(letter!.id);
    expect([arrived, await bus.deadLetters.list(10)]).toEqual([[painted], []]);
    await bus.stop();
    await second.close();
    rmSync(directory, { recursive: true });
  });

  test("a letter for a service that is not here cannot be replayed and is kept", async () => {
    const store = sqliteStore({ directory: ":memory:" });
    await open({ openLetters: () => store.open(deadLetterCollection) });
    const leave = subscribe("failing", async () => Promise.reject(new Error("broken")));
    await bus.publish(Painted({ colour: "red" }));
    leave();
    const [letter] = await bus.deadLetters.list(10);
    await expect(bus.deadLetters.replay(letter!.id)).rejects.toThrow("failing does not subscribe");
    await eventually(async () => expect((await bus.deadLetters.list(10)).length).toBe(1));
  });
});
