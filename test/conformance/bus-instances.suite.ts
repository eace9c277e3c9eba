import { z } from "zod";
import type { Bus } from "../../mixins/bus/bus.ts";
import { fact, type Fact } from "../../mixins/contract.ts";
import { eventually } from "../eventually.ts";
import { CONFORMANCE_TRIES } from "./bus.suite.ts";

/** What this suite asks of a bus under test: what was given out is given out again after so long a silence. */
export const CONFORMANCE_ACK_WAIT_MS = 600;
/** And so many facts at most are under way at a subscriber, over all its instances. */
export const CONFORMANCE_UNDER_WAY = 8;

const Counted = fact("suite.counted", z.object({ number: z.int() }));
const Walked = fact("suite.walked", z.object({ walk: z.string(), step: z.int() }), { orderedBy: ({ walk }) => walk });

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const facts = (count: number) => Array.from({ length: count }, (_, number) => Counted({ number }));
const numberOf = ({ payload }: Fact) => (payload as { number: number }).number;
const upTo = (count: number) => Array.from({ length: count }, (_, number) => number);
const sorted = (numbers: Iterable<number>) => [...numbers].sort((a, b) => a - b);

/** What a bus of many processes promises. `openWorld` answers the way to open any number of buses in one world. */
export function busInstancesConformance(name: string, openWorld: () => () => Bus): void {
  describe(`${name} of many instances:`, () => {
    let openBus: () => Bus;
    let buses: Bus[] = [];
    beforeEach(() => void (openBus = openWorld()));
    afterEach(async () => {
      await Promise.all(buses.map((bus) => bus.stop()));
      buses = [];
    });

    /** A process of its own, as far as the bus can tell. */
    const instance = async (handle?: (fact: Fact) => Promise<void>, kind: typeof Counted | typeof Walked = Counted) => {
      const bus = openBus();
      buses.push(bus);
      const { factName, ordered } = kind;
      if (handle) bus.subscribe("counter", { factName, ordered, handle });
      await bus.start();
      return bus;
    };
    const publishAll = (bus: Bus, all: Fact[]) => Promise.all(all.map((one) => bus.publish(one)));

    test("they share a subscriber's facts: each goes to one of them", async () => {
      const applied: [number[], number[]] = [[], []];
      const work = (mine: number[]) => async (one: Fact) => {
        await pause(2);
        mine.push(numberOf(one));
      };
      const bus = await instance(work(applied[0]));
      await instance(work(applied[1]));
      await publishAll(bus, facts(200));
      await eventually(() => expect(sorted(applied.flat())).toEqual(upTo(200)));
      expect(Math.min(...applied.map((mine) => mine.length))).toBeGreaterThan(0);
    });

    test("together they have no more facts under way than allowed", async () => {
      let atOnce = 0;
      let mostAtOnce = 0;
      let applied = 0;
      const work = async () => {
        mostAtOnce = Math.max(mostAtOnce, ++atOnce);
        await pause(10);
        atOnce--;
        applied++;
      };
      const bus = await instance(work);
      await instance(work);
      await publishAll(bus, facts(60));
      await eventually(() => expect(applied).toBe(60));
      expect(mostAtOnce).toBe(CONFORMANCE_UNDER_WAY);
    });

    test("facts of one key come one after the other, whichever of them gets each", async () => {
      const applied: Record<string, number[]> = {};
      const failed = new Set<string>();
      const busy = new Set<string>();
      let overlaps = 0;
      const work = async ({ id, payload }: Fact) => {
        const { walk, step } = payload as { walk: string; step: number };
        if (busy.has(walk)) overlaps++;
        busy.add(walk);
        await pause(3);
        busy.delete(walk);
        if (step % 5 === 0 && !failed.has(id)) {
          failed.add(id);
          throw new Error("stumbled");
        }
        (applied[walk] ??= []).push(step);
      };
      const bus = await instance(work, Walked);
      await instance(work, Walked);
      const walks = Array.from({ length: 10 }, (_, n) => `walk ${n}`);
      const abreast = (step: number) => walks.map((walk) => Walked({ walk, step }));
      for (const step of upTo(10)) await publishAll(bus, abreast(step));
      await eventually(() => expect(applied).toEqual(Object.fromEntries(walks.map((walk) => [walk, upTo(10)]))));
      expect(overlaps).toBe(0);
    });

    test("a handler that works longer than the ack deadline runs once", async () => {
      const runs: number[] = [];
      const work = async (one: Fact) => {
        runs.push(numberOf(one));
        await pause(3 * CONFORMANCE_ACK_WAIT_MS);
      };
      const bus = await instance(work);
      await instance(work);
      await publishAll(bus, facts(3));
      await eventually(async () => expect(await bus.lag()).toMatchObject([{ waiting: 0 }]));
      expect(sorted(runs)).toEqual([0, 1, 2]);
    });

    test("one that returns goes on where the last one stopped", async () => {
      const applied: number[] = [];
      const work = async (one: Fact) => void applied.push(numberOf(one));
      const first = await instance(work);
      const publisher = await instance();
      const all = facts(20);
      await publishAll(publisher, all.slice(0, 10));
      await eventually(() => expect(applied.length).toBe(10));
      await first.stop();
      await publishAll(publisher, all.slice(10));
      await instance(work);
      await eventually(() => expect(sorted(applied)).toEqual(upTo(20)));
    });

    test("a subscriber that comes to life late gets what was published before", async () => {
      const publisher = await instance();
      await publishAll(publisher, facts(5));
      const applied: number[] = [];
      await instance(async (one) => void applied.push(numberOf(one)));
      await eventually(() => expect(sorted(applied)).toEqual(upTo(5)));
    });

    /** Takes facts and is gone before it has finished with them, as after kill -9. */
    const abandon = async () => {
      const entered = Promise.withResolvers<void>();
      const bus = await instance(() => {
        entered.resolve();
        return new Promise(() => {});
      });
      await entered.promise;
      await bus.stop();
    };

    test("what one of them abandoned is applied by another", async () => {
      const publisher = await instance();
      await publishAll(publisher, facts(1));
      await abandon();
      const applied: number[] = [];
      await instance(async (one) => void applied.push(numberOf(one)));
      await eventually(() => expect(applied).toEqual([0]));
    });

    test("a fact that each try dies of is set aside without another try", async () => {
      const publisher = await instance();
      const [deadly] = facts(1);
      await publisher.publish(deadly!);
      for (let tried = 0; tried < CONFORMANCE_TRIES; tried++) await abandon();
      const given: Fact[] = [];
      await instance(async (one) => void given.push(one));
      await eventually(async () =>
        expect(await publisher.deadLetters.list(10)).toMatchObject([{ subscriber: "counter", fact: deadly }]),
      );
      expect(given).toEqual([]);
    });

    test("letters are listed, replayed and dropped from a process without services", async () => {
      let isBroken = true;
      const applied: number[] = [];
      await instance(async (one) => {
        if (isBroken) throw new Error(`broken at ${numberOf(one)}`);
        applied.push(numberOf(one));
      });
      const operator = await instance();
      await publishAll(operator, facts(1));
      await eventually(async () => expect((await operator.deadLetters.list(10)).length).toBe(1));
      for (const one of facts(3).slice(1)) await operator.publish(one);
      await eventually(async () => expect((await operator.deadLetters.list(10)).length).toBe(3));
      const [oldest, second, third] = await operator.deadLetters.list(10);
      expect(oldest?.reason).toBe("broken at 0");
      expect(await operator.deadLetters.list(1)).toEqual([oldest]);
      await expect(operator.deadLetters.replay(oldest!.id)).rejects.toThrow("broken at 0");
      isBroken = false;
      await operator.deadLetters.replay(oldest!.id);
      await operator.deadLetters.drop(second!.id);
      expect([applied, await operator.deadLetters.list(10)]).toEqual([[0], [third]]);
      await expect(operator.deadLetters.replay(oldest!.id)).rejects.toThrow("No dead letter");
      await expect(operator.deadLetters.drop(oldest!.id)).rejects.toThrow("No dead letter");
    });

    test("without a process that runs the subscriber a replay is refused, and the letter stays", async () => {
      const failing = await instance(async () => Promise.reject(new Error("broken")));
      const operator = await instance();
      await publishAll(operator, facts(1));
      await eventually(async () => expect((await operator.deadLetters.list(10)).length).toBe(1));
      await failing.stop();
      const [letter] = await operator.deadLetters.list(1);
      await expect(operator.deadLetters.replay(letter!.id)).rejects.toThrow("No process runs counter");
      expect(await operator.deadLetters.list(10)).toEqual([letter]);
    });
  });
}
