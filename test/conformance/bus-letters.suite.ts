import { z } from "zod";
import { on, type Bus } from "../../mixins/bus/bus.ts";
import { fact, type Fact } from "../../mixins/contract.ts";
import { eventually } from "../eventually.ts";
import { CONFORMANCE_TRIES } from "./bus.suite.ts";

const Painted = fact("suite.painted", z.object({ colour: z.string() }));

/** What every bus does with facts that a subscriber cannot apply. Each call of `openBus` is a world of its own. */
export function busLettersConformance(name: string, openBus: () => Promise<Bus>): void {
  describe(`${name} sets aside what cannot be applied:`, () => {
    let bus: Bus;
    beforeEach(async () => void (bus = await openBus()));
    afterEach(() => bus.stop());

    /** Subscribes and remembers what arrived. */
    const listen = (subscriber: string, react: (fact: Fact) => Promise<void> = async () => {}): Fact[] => {
      const arrived: Fact[] = [];
      const handle = async (one: Fact) => {
        arrived.push(one);
        await react(one);
      };
      bus.subscribe(subscriber, { factName: Painted.factName, handle });
      return arrived;
    };

    test("after the last try the fact is set aside for that subscriber, with the reason", async () => {
      const failing = listen("failing", async () => Promise.reject(new Error("the paint is wet")));
      const healthy = listen("healthy");
      await bus.start();
      const painted = Painted({ colour: "red" });
      await bus.publish(painted);
      await eventually(async () =>
        expect(await bus.deadLetters.list(10)).toMatchObject([
          { subscriber: "failing", fact: painted, reason: "the paint is wet" },
        ]),
      );
      expect([failing.length, healthy.length]).toEqual([CONFORMANCE_TRIES, 1]);
    });

    test("a payload of the wrong shape is set aside, not handled", async () => {
      const handled: unknown[] = [];
      bus.subscribe(
        "painter",
        on(Painted, async (payload) => void handled.push(payload)),
      );
      await bus.start();
      await bus.publish({ ...Painted({ colour: "red" }), payload: { colour: 7 } });
      await eventually(async () => expect((await bus.deadLetters.list(10)).length).toBe(1));
      expect(handled).toEqual([]);
    });

    test("a replayed letter reaches its subscriber alone and is gone once that one has recovered", async () => {
      let broken = true;
      const failing = listen("failing", async () => {
        if (broken) throw new Error("broken");
      });
      const healthy = listen("healthy");
      await bus.start();
      await bus.publish(Painted({ colour: "red" }));
      await eventually(async () => expect((await bus.deadLetters.list(10)).length).toBe(1));
      broken = false;
      const [letter] = await bus.deadLetters.list(1);
      await bus.deadLetters.replay(letter!.id);
      await eventually(async () => expect(await bus.deadLetters.list(10)).toEqual([]));
      await eventually(() => expect(failing.length).toBe(CONFORMANCE_TRIES + 1));
      expect(healthy.length).toBe(1);
    });

    test("a letter replayed in vain is kept", async () => {
      const failing = listen("failing", async () => Promise.reject(new Error("still broken")));
      await bus.start();
      await bus.publish(Painted({ colour: "red" }));
      await eventually(async () => expect((await bus.deadLetters.list(10)).length).toBe(1));
      const [letter] = await bus.deadLetters.list(1);
      await bus.deadLetters.replay(letter!.id).catch(() => {});
      await eventually(() => expect(failing.length).toBe(2 * CONFORMANCE_TRIES));
      await eventually(async () => expect((await bus.deadLetters.list(10)).length).toBe(1));
    });

    test("a dropped letter is gone", async () => {
      listen("failing", async () => Promise.reject(new Error("broken")));
      await bus.start();
      await bus.publish(Painted({ colour: "red" }));
      await eventually(async () => expect((await bus.deadLetters.list(10)).length).toBe(1));
      const [letter] = await bus.deadLetters.list(1);
      await bus.deadLetters.drop(letter!.id);
      expect(await bus.deadLetters.list(10)).toEqual([]);
    });

    test("letters are counted by subscriber, however many", async () => {
      const broken = async () => Promise.reject(new Error("broken"));
      for (const subscriber of ["failing", "failing too.*", "healthy"]) {
        listen(subscriber, subscriber === "healthy" ? undefined : broken);
      }
      await bus.start();
      expect(await bus.deadLetters.count()).toEqual([]);
      await Promise.all(Array.from({ length: 120 }, (_, at) => bus.publish(Painted({ colour: `colour ${at}` }))));
      await eventually(async () =>
        expect(new Set(await bus.deadLetters.count())).toEqual(
          new Set([
            { subscriber: "failing", letters: 120 },
            { subscriber: "failing too.*", letters: 120 },
          ]),
        ),
      );
      const [letter] = await bus.deadLetters.list(1);
      await bus.deadLetters.drop(letter!.id);
      expect(await bus.deadLetters.count()).toContainEqual({ subscriber: letter!.subscriber, letters: 119 });
    });

    test("a letter that is not there can be neither replayed nor dropped", async () => {
      await bus.start();
      await expect(bus.deadLetters.replay("painter.nothing")).rejects.toThrow("No dead letter painter.nothing");
      await expect(bus.deadLetters.drop("*.*")).rejects.toThrow("No dead letter *.*");
    });
  });
}
