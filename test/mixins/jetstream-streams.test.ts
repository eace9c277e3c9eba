import { connect, nanos, type JetStreamManager, type NatsConnection } from "nats";
import { uuidv7 } from "uuidv7";
import { z } from "zod";
import type { Bus, Subscription } from "../../mixins/bus/bus.ts";
import { jetstreamBus, type JetStreamBusOptions } from "../../mixins/bus/jetstream-bus.ts";
import { fact, type Fact } from "../../mixins/contract.ts";
import { eventually } from "../eventually.ts";
import { describeWith, openServer, type TestServer } from "../servers.ts";

const Counted = fact("streams.counted", z.object({ number: z.int() }));
const facts = (count: number) => Array.from({ length: count }, (_, number) => Counted({ number }));
const numberOf = ({ payload }: Fact) => (payload as { number: number }).number;

describeWith("nats-server", "On its server, the JetStream bus", () => {
  let server: TestServer;
  let nats: NatsConnection;
  let jsm: JetStreamManager;
  let cluster: string;
  let buses: Bus[] = [];
  beforeAll(async () => {
    server = await openServer("nats-server");
    nats = await connect({ servers: server.url });
    jsm = await nats.jetstreamManager();
  });
  afterAll(async () => {
    await nats.close();
    await server.discard();
  });
  beforeEach(() => void (cluster = `streams-${uuidv7()}`));
  afterEach(async () => {
    await Promise.all(buses.map((bus) => bus.stop()));
    buses = [];
  });

  const open = (options: Partial<JetStreamBusOptions> = {}): Bus => {
    const bus = jetstreamBus({ url: server.url, cluster, name: "test", tries: 2, firstPauseMs: 5, ...options });
    buses.push(bus);
    return bus;
  };
  const start = async (options: Partial<JetStreamBusOptions> = {}): Promise<Bus> => {
    const bus = open(options);
    await bus.start();
    return bus;
  };
  /** A subscriber called counter; answers the numbers it applies. */
  const count = (bus: Bus, kind: Partial<Subscription> = {}): number[] => {
    const applied: number[] = [];
    const handle = async (one: Fact) => void applied.push(numberOf(one));
    bus.subscribe("counter", { factName: Counted.factName, handle, ...kind });
    return applied;
  };
  const streamOf = (kind: "facts" | "dead-letters") => jsm.streams.info(`${cluster}-${kind}`);

  test("makes streams with limits that refuse what is new when they are full", async () => {
    await start();
    const { config: kept } = await streamOf("facts");
    expect(kept).toMatchObject({ storage: "file", discard: "new", max_bytes: 512 * 2 ** 20, num_replicas: 1 });
    expect(kept.max_age).toBe(nanos(7 * 86_400_000));
    const { config: letters } = await streamOf("dead-letters");
    expect(letters).toMatchObject({ storage: "file", discard: "new", max_bytes: 64 * 2 ** 20 });
  });

  test("is made once by however many start together", async () => {
    const together = Array.from({ length: 6 }, () => open());
    const applied = together.map((bus) => count(bus, { ordered: true }));
    await Promise.all(together.map((bus) => bus.start()));
    await together[0]!.publish(Counted({ number: 1 }));
    await eventually(() => expect(applied.flat()).toEqual([1]));
  });

  test("brings streams and positions up to new limits and keeps what is in them", async () => {
    const before = await start({ limits: { factsMaxBytes: 2 ** 20 }, ackWaitMs: 1000 });
    count(before);
    await before.publish(Counted({ number: 1 }));
    const after = await start({ limits: { factsMaxBytes: 2 ** 21 } });
    expect((await streamOf("facts")).config.max_bytes).toBe(2 ** 21);
    const applied = count(after);
    await before.stop();
    await after.publish(Counted({ number: 2 }));
    await eventually(() => expect(applied).toContain(2));
    const { config } = await jsm.consumers.info(`${cluster}-facts`, "counter--streams_counted");
    expect(config.ack_wait).toBe(nanos(10_000));
  });

  test("leaves alone what a newer version has made", async () => {
    await start();
    const { config } = await streamOf("facts");
    const newer = { ...config, description: "Made by a newer version; layout 99", max_bytes: 2 ** 22 };
    await jsm.streams.update(config.name, newer);
    const older = await start();
    expect((await streamOf("facts")).config).toMatchObject({ description: newer.description, max_bytes: 2 ** 22 });
    await expect(older.publish(Counted({ number: 1 }))).resolves.toBeUndefined();
  });

  test("goes on where it was when a kind becomes ordered, and when it ceases to be", async () => {
    const unordered = await start();
    const before = count(unordered);
    await unordered.publish(Counted({ number: 1 }));
    await eventually(async () => expect([before, await unordered.lag()]).toMatchObject([[1], [{ waiting: 0 }]]));
    await unordered.stop();
    const ordered = open();
    const now = count(ordered, { ordered: true });
    await ordered.start();
    await ordered.publish({ ...Counted({ number: 2 }), key: "key" });
    await ordered.publish(Counted({ number: 3 }));
    await eventually(() => expect(new Set(now)).toEqual(new Set([2, 3])));
    expect(before).toEqual([1]);
  });

  test("makes room of what everybody has applied", async () => {
    const bus = open({ limits: { factsMaxCount: 10 } });
    const applied = count(bus);
    await bus.start();
    for (const one of facts(30)) await eventually(() => bus.publish(one));
    await eventually(() => expect(applied.length).toBe(30));
  });

  test.each([0, 3])(
    "refuses what would push out what somebody has not applied, %d facts after its start",
    async (past) => {
      const bus = open({ limits: { factsMaxCount: 10 } });
      const applied = count(bus);
      await bus.start();
      for (const one of facts(past)) await bus.publish(one);
      await eventually(() => expect(applied.length).toBe(past));
      const late: number[] = [];
      const handle = async (one: Fact) => void late.push(numberOf(one));
      const join = () => bus.subscribe("late", { factName: Counted.factName, handle });
      join()();
      await eventually(async () =>
        expect(await bus.lag()).toContainEqual(expect.objectContaining({ subscriber: "late", waiting: past })),
      );
      const published = await Promise.allSettled(facts(30).map((one) => bus.publish(one)));
      const taken = published.filter(({ status }) => status === "fulfilled").length;
      expect(past + taken).toBe(10);
      join();
      await eventually(() => expect([applied.length, late.length]).toEqual([10, 10]));
      await eventually(() => bus.publish(Counted({ number: 99 })));
      await eventually(() => expect([applied, late].map((numbers) => numbers.at(-1))).toEqual([99, 99]));
    },
  );

  test("sets aside what is no fact and goes on with what is", async () => {
    const bus = open();
    const applied = count(bus);
    await bus.start();
    const subject = `${cluster}.facts.streams.counted.unkeyed`;
    for (const text of ["", "{", "null", '"text"', "{}", '{"id":"1","name":"other","payload":1}']) {
      await nats.jetstream().publish(subject, text);
    }
    await bus.publish(Counted({ number: 1 }));
    await eventually(() => expect(applied).toEqual([1]));
    await eventually(async () => expect((await bus.deadLetters.list(10)).length).toBe(6));
    const reasons = (await bus.deadLetters.list(10)).map(({ reason }) => reason);
    expect(new Set(reasons)).toEqual(new Set(["The message is not a fact"]));
  });

  test("refuses a fact that is too large to be carried", async () => {
    const bus = await start();
    const large = { ...Counted({ number: 1 }), payload: "x".repeat(2 ** 20) };
    await expect(bus.publish(large)).rejects.toThrow("NATS carries");
  });

  test("takes a fact that is published twice for one", async () => {
    const bus = open();
    const applied = count(bus);
    await bus.start();
    const one = Counted({ number: 1 });
    await bus.publish(one);
    await bus.publish(one);
    await bus.publish(Counted({ number: 2 }));
    await eventually(() => expect(applied).toContain(2));
    expect(applied).toEqual([1, 2]);
  });

  test("gives back what it has not begun when it stops", async () => {
    const gate = Promise.withResolvers<void>();
    const first = open({ ackWaitMs: 60_000, atOnce: 2 });
    first.subscribe("counter", { factName: Counted.factName, handle: () => gate.promise });
    await first.start();
    await Promise.all(facts(10).map((one) => first.publish(one)));
    await eventually(async () => expect((await first.lag())[0]).toMatchObject({ waiting: 10 }));
    const second = open({ ackWaitMs: 60_000 });
    const stopped = first.stop();
    const applied = count(second);
    await second.start();
    await eventually(() => expect(applied.length).toBe(8));
    gate.resolve();
    await stopped;
    expect(await second.lag()).toMatchObject([{ waiting: 0 }]);
  });
});
