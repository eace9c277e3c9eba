import { z } from "zod";
import { on, type Bus } from "../../mixins/bus/bus.ts";
import { Relay } from "../../mixins/bus/relay.ts";
import { fact, type Fact } from "../../mixins/contract.ts";
import { eventually } from "../eventually.ts";
import { NotedFacts } from "../mixins/noted-facts.ts";

/** What the suite asks of a bus under test: a subscriber is tried this often before its fact is set aside. */
export const CONFORMANCE_TRIES = 3;

const Painted = fact("suite.painted", z.object({ colour: z.string() }));
const Sold = fact("suite.sold", z.object({ price: z.int() }));

/**
 * The promises of every bus, whatever carries it. `openBus` makes a bus that tries `CONFORMANCE_TRIES` times with
 * short pauses; the suite starts and stops it. Each call is a world of its own.
 */
export function busConformance(name: string, openBus: () => Promise<Bus>): void {
  describe(`${name} keeps the promises of a bus:`, () => {
    let bus: Bus;
    const leaving: Record<string, () => void> = {};
    const leave = (subscriber: string) => leaving[subscriber]?.();
    beforeEach(async () => void (bus = await openBus()));
    afterEach(() => bus.stop());

    /** Subscribes and remembers what arrived. */
    const listen = (subscriber: string, react: (fact: Fact) => Promise<void> = async () => {}): Fact[] => {
      const arrived: Fact[] = [];
      const handle = async (fact: Fact) => {
        arrived.push(fact);
        await react(fact);
      };
      leaving[subscriber] = bus.subscribe(subscriber, { factName: Painted.factName, handle });
      return arrived;
    };

    test("every subscriber of a fact gets it, unchanged", async () => {
      const first = listen("first");
      const second = listen("second");
      await bus.start();
      const painted = Painted({ colour: "red" });
      await bus.publish(painted);
      await eventually(() => expect([first, second]).toEqual([[painted], [painted]]));
    });

    test("a fact reaches only those who subscribed to its kind", async () => {
      const painted = listen("painter");
      await bus.start();
      await bus.publish(Sold({ price: 1 }));
      await bus.publish(Painted({ colour: "red" }));
      await eventually(() => expect(painted.map((one) => one.name)).toEqual(["suite.painted"]));
    });

    test("a fact that nobody subscribed to is taken over all the same", async () => {
      await bus.start();
      await expect(bus.publish(Painted({ colour: "red" }))).resolves.toBeUndefined();
    });

    test("a bus that has not started refuses to take facts over", async () => {
      listen("first");
      await expect(bus.publish(Painted({ colour: "red" }))).rejects.toThrow();
    });

    test("a stopped bus refuses to take facts over", async () => {
      await bus.start();
      await bus.stop();
      await expect(bus.publish(Painted({ colour: "red" }))).rejects.toThrow();
    });

    test("a declared subscription receives the parsed payload and the fact's id", async () => {
      const calls: unknown[] = [];
      bus.subscribe(
        "painter",
        on(Painted, async (payload, factId) => void calls.push({ payload, factId })),
      );
      await bus.start();
      const painted = Painted({ colour: "red" });
      await bus.publish(painted);
      await eventually(() => expect(calls).toEqual([{ payload: { colour: "red" }, factId: painted.id }]));
    });

    test("subscribing again replaces the service's handler", async () => {
      const before = listen("painter");
      const after = listen("painter");
      await bus.start();
      await bus.publish(Painted({ colour: "red" }));
      await eventually(() => expect([before.length, after.length]).toEqual([0, 1]));
    });

    test("a fact published while its subscriber is away reaches it, once only the others, after its return", async () => {
      const before = listen("painter");
      const other = listen("other");
      await bus.start();
      leave("painter");
      const painted = Painted({ colour: "red" });
      await bus.publish(painted).catch(() => {});
      const after = listen("painter");
      await bus.publish(painted);
      await eventually(() => expect(after).toContainEqual(painted));
      expect([before.length, other.length]).toEqual([0, 1]);
    });

    test("a subscriber that fails is tried again; the others are not", async () => {
      let failures = CONFORMANCE_TRIES - 1;
      const failing = listen("failing", async () => {
        if (failures-- > 0) throw new Error("not yet");
      });
      const healthy = listen("healthy");
      await bus.start();
      await bus.publish(Painted({ colour: "red" }));
      await eventually(() => expect(failing.length).toBe(CONFORMANCE_TRIES));
      expect(healthy.length).toBe(1);
      expect(await bus.deadLetters.list(10)).toEqual([]);
    });

    test("a subscriber stuck on one fact gets the next ones meanwhile, and so do the others", async () => {
      const gate = Promise.withResolvers<void>();
      const isStuck = (fact: Fact) => (fact.payload as { colour: string }).colour === "stuck";
      const slow = listen("slow", (fact) => (isStuck(fact) ? gate.promise : Promise.resolve()));
      const quick = listen("quick");
      await bus.start();
      const stuck = bus.publish(Painted({ colour: "stuck" }));
      for (const colour of ["red", "green", "blue"]) await bus.publish(Painted({ colour }));
      await eventually(() => expect([slow.length, quick.length]).toEqual([4, 4]));
      gate.resolve();
      await stuck;
    });

    test("a subscriber that waits between its tries does not hold up the facts behind", async () => {
      const isBad = (fact: Fact) => (fact.payload as { colour: string }).colour === "bad";
      const choosy = listen("choosy", async (fact) => {
        if (isBad(fact)) throw new Error("bad colour");
      });
      await bus.start();
      const published = Array.from({ length: 40 }, () => bus.publish(Painted({ colour: "bad" })));
      published.push(bus.publish(Painted({ colour: "good" })));
      await Promise.all(published);
      await eventually(() => expect(choosy.filter((one) => !isBad(one)).length).toBe(1));
      await eventually(async () => expect((await bus.deadLetters.list(100)).length).toBe(40));
    });

    test("stopping waits for the handler that runs", async () => {
      const entered = Promise.withResolvers<void>();
      const gate = Promise.withResolvers<void>();
      let finished = false;
      listen("slow", async () => {
        entered.resolve();
        await gate.promise;
        finished = true;
      });
      await bus.start();
      const published = bus.publish(Painted({ colour: "red" })).catch(() => {});
      await entered.promise;
      const stopped = bus.stop();
      gate.resolve();
      await stopped;
      expect(finished).toBe(true);
      await published;
    });

    test("a fact that the bus refused stays in its document and goes out on the next start", async () => {
      const source = new NotedFacts();
      const before = new Relay(source, bus, { longestPauseMs: 20 });
      before.start();
      const painted = Painted({ colour: "red" });
      source.write("wall", painted);
      await before.idle(20_000);
      await before.stop();
      expect(source.unsent.length).toBe(1);
      const arrived = listen("painter");
      await bus.start();
      const after = new Relay(source, bus);
      after.start();
      await eventually(() => expect([arrived, source.unsent]).toEqual([[painted], []]));
      await after.stop();
    });

    test("a thousand facts all arrive", async () => {
      const arrived = listen("counter");
      await bus.start();
      const colours = Array.from({ length: 1000 }, (_, at) => `colour ${at}`);
      await Promise.all(colours.map((colour) => bus.publish(Painted({ colour }))));
      await eventually(() =>
        expect(new Set(arrived.map((one) => (one.payload as { colour: string }).colour))).toEqual(new Set(colours)),
      );
    });
  });
}
