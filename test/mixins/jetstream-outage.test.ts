import { connect } from "nats";
import { z } from "zod";
import { jetstreamBus } from "../../mixins/bus/jetstream-bus.ts";
import type { Bus } from "../../mixins/bus/bus.ts";
import { Relay } from "../../mixins/bus/relay.ts";
import { fact, type Fact } from "../../mixins/contract.ts";
import { eventually } from "../eventually.ts";
import { describeWith, openServer, type TestServer } from "../servers.ts";
import { NotedFacts } from "./noted-facts.ts";

const Counted = fact("outage.counted", z.object({ number: z.int() }));
const Walked = fact("outage.walked", z.object({ walk: z.string() }), { orderedBy: ({ walk }) => walk });

describeWith("nats-server", "When its server fails, the JetStream bus", () => {
  let server: TestServer;
  let bus: Bus;
  let applied: Fact[];
  beforeEach(async () => {
    server = await openServer("nats-server");
    applied = [];
    bus = jetstreamBus({ url: server.url, cluster: "outage", name: "test", ackWaitMs: 2000 });
    const handle = async (one: Fact) => void applied.push(one);
    for (const { factName, ordered } of [Counted, Walked]) bus.subscribe("counter", { factName, ordered, handle });
  });
  afterEach(async () => {
    await bus.stop();
    await server.discard();
  });

  const facts = (count: number) => [
    ...Array.from({ length: count }, (_, number) => Counted({ number })),
    ...Array.from({ length: count }, (_, number) => Walked({ walk: `walk ${number}` })),
  ];
  const ids = (some: readonly Fact[]) => new Set(some.map(({ id }) => id));

  test("refuses facts while it cannot be reached and goes on when it is back", async () => {
    await bus.start();
    const [first, ...rest] = facts(20);
    await bus.publish(first!);
    await server.stop();
    await eventually(() => expect(bus.publish(rest[0]!)).rejects.toThrow("NATS cannot be reached"));
    await server.start();
    for (const one of rest) await eventually(() => bus.publish(one));
    await eventually(() => expect(ids(applied)).toEqual(ids([first!, ...rest])));
  });

  test("has every fact it took over after a restart, and every letter", async () => {
    const publisher = jetstreamBus({ url: server.url, cluster: "outage", name: "publisher" });
    await bus.start();
    await publisher.start();
    await bus.stop();
    const published = facts(20);
    await Promise.all(published.map((one) => publisher.publish(one)));
    await server.stop("SIGTERM");
    await server.start();
    await bus.start();
    await eventually(() => expect(ids(applied)).toEqual(ids(published)));
    await publisher.stop();
  });

  test("makes everything anew when it comes back empty", async () => {
    await bus.start();
    await server.stop();
    server.forget();
    await server.start();
    const published = facts(20);
    for (const one of published) await eventually(() => bus.publish(one));
    await eventually(() => expect(ids(applied)).toEqual(ids(published)));
  });

  test("makes a stream or a position anew that somebody has deleted", async () => {
    await bus.start();
    const nats = await connect({ servers: server.url });
    const jsm = await nats.jetstreamManager();
    await jsm.consumers.delete("outage-facts", "counter--outage_counted");
    const [first, ...rest] = facts(10);
    await bus.publish(first!);
    await eventually(() => expect(ids(applied)).toEqual(ids([first!])));
    await jsm.streams.delete("outage-facts");
    for (const one of rest) await eventually(() => bus.publish(one));
    await eventually(() => expect(ids(applied)).toEqual(ids([first!, ...rest])));
    await nats.close();
  });

  test("waits for the server at its start, and relays what was written meanwhile", async () => {
    await server.stop();
    const source = new NotedFacts();
    const [first] = facts(1);
    source.write("wall", first!);
    const started = bus.start();
    const relay = new Relay(source, bus, { longestPauseMs: 50 });
    relay.start();
    await server.start();
    await started;
    await eventually(() => expect([applied, source.unsent]).toEqual([[first], []]));
    await relay.stop();
  });

  test("can be stopped while it waits for the server", async () => {
    await server.stop();
    const started = expect(bus.start()).rejects.toThrow();
    await bus.stop();
    await started;
  });
});
