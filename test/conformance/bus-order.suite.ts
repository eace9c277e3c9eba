import { z } from "zod";
import type { Bus } from "../../mixins/bus/bus.ts";
import { fact, type Fact } from "../../mixins/contract.ts";
import { eventually } from "../eventually.ts";

const Step = z.object({ walk: z.string(), step: z.int() });
const Walked = fact("suite.walked", Step, { orderedBy: ({ walk }) => walk });
const stepOf = ({ payload }: Fact) => payload as z.output<typeof Step>;

/** What every bus promises about order and lag. Each call of `openBus` is a world of its own. */
export function busOrderConformance(name: string, openBus: () => Promise<Bus>): void {
  describe(`${name} keeps order where a fact asks for it:`, () => {
    let bus: Bus;
    beforeEach(async () => void (bus = await openBus()));
    afterEach(() => bus.stop());

    const subscribe = (handle: (fact: Fact) => Promise<void>) =>
      bus.subscribe("walker", { factName: Walked.factName, ordered: Walked.ordered, handle });
    const walk = (name: string, steps: number) =>
      Array.from({ length: steps }, (_, step) => Walked({ walk: name, step }));
    /** Each key's facts in order, as a relay publishes them; `publish` may settle only after the handler. */
    const publishAll = async (facts: Fact[]) => {
      const published: Promise<void>[] = [];
      for (const one of facts) {
        published.push(bus.publish(one));
        await Promise.race([published.at(-1), new Promise((resolve) => setTimeout(resolve, 3))]);
      }
      return Promise.all(published);
    };

    test("facts of one key come one after the other, tries included", async () => {
      const applied: number[] = [];
      let atOnce = 0;
      let mostAtOnce = 0;
      const failed = new Set<number>();
      subscribe(async (one) => {
        mostAtOnce = Math.max(mostAtOnce, ++atOnce);
        await new Promise((resolve) => setTimeout(resolve, 5));
        atOnce--;
        const { step } = stepOf(one);
        if (step % 3 === 0 && !failed.has(step)) {
          failed.add(step);
          throw new Error("stumbled");
        }
        applied.push(step);
      });
      await bus.start();
      const published = publishAll(walk("home", 10));
      await eventually(() => expect(applied).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
      expect(mostAtOnce).toBe(1);
      await published;
    });

    test("the next of a key comes when the failing one has been set aside", async () => {
      const given: string[] = [];
      subscribe(async (one) => {
        const { step } = stepOf(one);
        given.push(`${step} with ${(await bus.deadLetters.list(10)).length} set aside`);
        if (step === 0) throw new Error("a broken leg");
      });
      await bus.start();
      const published = publishAll(walk("home", 2));
      await eventually(() => expect(given.at(-1)).toBe("1 with 1 set aside"));
      expect(new Set(given.slice(0, -1))).toEqual(new Set(["0 with 0 set aside"]));
      await published;
    });

    test("a key that is stuck leaves most others alone", async () => {
      const gate = Promise.withResolvers<void>();
      const arrived = new Set<string>();
      subscribe(async (one) => {
        if (stepOf(one).walk === "stuck") await gate.promise;
        arrived.add(stepOf(one).walk);
      });
      await bus.start();
      const others = Array.from({ length: 40 }, (_, n) => Walked({ walk: `walk ${n}`, step: 0 }));
      const published = [...walk("stuck", 1), ...others].map((one) => bus.publish(one));
      await eventually(() => expect(arrived.size).toBeGreaterThan(20));
      expect(arrived.has("stuck")).toBe(false);
      gate.resolve();
      await Promise.all(published);
      await eventually(() => expect(arrived.size).toBe(41));
    });

    test("a fact without a key is delivered, too", async () => {
      const arrived: Fact[] = [];
      subscribe(async (one) => void arrived.push(one));
      await bus.start();
      const { key: _, ...keyless } = Walked({ walk: "home", step: 0 });
      await bus.publish(keyless);
      await eventually(() => expect(arrived).toEqual([keyless]));
    });

    test("the lag counts what a subscriber has still to apply, over all keys", async () => {
      const gate = Promise.withResolvers<void>();
      subscribe(() => gate.promise);
      await bus.start();
      const waiting = (count: number) => [{ subscriber: "walker", factName: "suite.walked", waiting: count }];
      expect(await bus.lag()).toEqual(waiting(0));
      const published = [...walk("home", 3), ...walk("away", 4)].map((one) => bus.publish(one));
      await eventually(async () => expect(await bus.lag()).toEqual(waiting(7)));
      gate.resolve();
      await Promise.all(published);
      await eventually(async () => expect(await bus.lag()).toEqual(waiting(0)));
    });
  });
}
