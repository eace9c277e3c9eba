import { setTimeout as pause } from "node:timers/promises";
import { AckPolicy, connect, type NatsConnection } from "nats";
import { uuidv7 } from "uuidv7";
import { z } from "zod";
import type { Bus } from "../mixins/bus/bus.ts";
import { jetstreamBus } from "../mixins/bus/jetstream-bus.ts";
import { Relay } from "../mixins/bus/relay.ts";
import { sqliteStore } from "../mixins/collection/sqlite-store.ts";
import { fact, type Fact } from "../mixins/contract.ts";
import { openServer } from "../test/servers.ts";
import { median } from "./in-flight.ts";

/**
 * Facts per second through our bus against bare JetStream of the same client, in alternating rounds of one run over a
 * nats-server of its own. Both keep 64 publications in flight with a message id, and wait for the server's answer; both
 * consume with explicit acknowledgements. Bare JetStream acknowledges blindly; we work on 16 facts at once and wait for
 * the server to confirm each. Read the ratios: server, publisher and consumer share the processors of this machine.
 */
const ROUNDS = 5;
const FACTS = 5000;
const ABREAST = 64;

const Payload = z.object({ listingId: z.string(), version: z.int() });
const Changed = fact("bench.changed", Payload);
const Moved = fact("bench.moved", Payload, { orderedBy: ({ listingId }) => listingId });
const factsOf = (kind: typeof Changed) =>
  Array.from({ length: FACTS }, (_, n) => kind({ listingId: `listing-${n % 500}`, version: n }));

const server = await openServer("nats-server");
const nats = await connect({ servers: server.url });

const openBus = (cluster: string): Bus => jetstreamBus({ url: server.url, cluster, name: "bench" });

/** Facts per second of a task that deals with all of them. */
async function perSecond(task: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await task();
  return (FACTS / (performance.now() - start)) * 1000;
}

async function publishAll(facts: Fact[], publish: (fact: Fact) => Promise<unknown>): Promise<void> {
  const left = facts.values();
  await Promise.all(
    Array.from({ length: ABREAST }, async () => {
      for (const one of left) await publish(one);
    }),
  );
}

/** Resolves when as many have arrived as were published. */
function arrival(): { arrive: () => void; all: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  let arrived = 0;
  return { arrive: () => void (++arrived === FACTS && resolve()), all: promise };
}

async function bareRound(connection: NatsConnection): Promise<{ publish: number; consume: number }> {
  const name = `bare-${uuidv7()}`;
  const jsm = await connection.jetstreamManager();
  await jsm.streams.add({ name, subjects: [`${name}.>`] });
  const js = connection.jetstream();
  const facts = factsOf(Changed);
  const publish = await perSecond(() =>
    publishAll(facts, (one) => js.publish(`${name}.changed`, JSON.stringify(one), { msgID: one.id })),
  );
  await jsm.consumers.add(name, { durable_name: "bench", ack_policy: AckPolicy.Explicit, max_ack_pending: 256 });
  const consumer = await js.consumers.get(name, "bench");
  const consume = await perSecond(async () => {
    const messages = await consumer.consume();
    let arrived = 0;
    for await (const message of messages) {
      message.json<Fact>();
      message.ack();
      if (++arrived === FACTS) break;
    }
  });
  await jsm.streams.delete(name);
  return { publish, consume };
}

async function ourRound(kind: typeof Changed): Promise<{ publish: number; consume: number }> {
  const cluster = `ours-${uuidv7()}`;
  const [publisher, consumer] = [openBus(cluster), openBus(cluster)];
  await publisher.start();
  const facts = factsOf(kind);
  const publish = await perSecond(() => publishAll(facts, (one) => publisher.publish(one)));
  const { arrive, all } = arrival();
  consumer.subscribe("bench", { factName: kind.factName, ordered: kind.ordered, handle: async () => arrive() });
  const consume = await perSecond(async () => {
    await consumer.start();
    await all;
  });
  await forget(cluster, publisher, consumer);
  return { publish, consume };
}

/** Documents with their facts into SQLite, the relay, JetStream, the subscriber: all at the same time. */
async function wholeWay(): Promise<number> {
  const cluster = `way-${uuidv7()}`;
  const bus = openBus(cluster);
  const store = sqliteStore({ directory: ":memory:" });
  const documents = await store.open<{ n: number }>({ service: "bench", noun: "listing", fields: {} });
  const relay = new Relay(documents, bus);
  const { arrive, all } = arrival();
  bus.subscribe("bench", { factName: Changed.factName, handle: async () => arrive() });
  await bus.start();
  relay.start();
  const rate = await perSecond(async () => {
    await publishAll(factsOf(Changed), async (one) => {
      await documents.insert({ n: 1 }, [one]);
      await pause(0); // SQLite answers at once; a real writer would wait for its caller.
    });
    await all;
  });
  await relay.stop();
  await forget(cluster, bus);
  await store.close();
  return rate;
}

async function forget(cluster: string, ...buses: Bus[]): Promise<void> {
  await Promise.all(buses.map((bus) => bus.stop()));
  const { streams } = await nats.jetstreamManager();
  for (const kind of ["facts", "dead-letters"]) await streams.delete(`${cluster}-${kind}`);
}

const rounds: { bare: [number, number]; ours: number[] }[] = [];
for (let round = 0; round < ROUNDS; round++) {
  const bare = await bareRound(nats);
  const unordered = await ourRound(Changed);
  const ordered = await ourRound(Moved);
  rounds.push({
    bare: [bare.publish, bare.consume],
    ours: [unordered.publish, unordered.consume, ordered.consume, await wholeWay()],
  });
}
await nats.close();
await server.discard();

const rounded = (rate: number) => Math.round(rate).toLocaleString("en");
const spread = (ratios: number[]) => `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`;
/** Our figure of a task, and which of the bare ones it is compared with. */
const row = (task: string, ours: number, bare?: number) => {
  const rate = median(rounds.map((round) => round.ours[ours]!));
  if (bare === undefined) return `| ${task} | ${rounded(rate)} | | |`;
  const bareRate = median(rounds.map((round) => round.bare[bare]!));
  const ratios = rounds.map((round) => round.ours[ours]! / round.bare[bare]!);
  return `| ${task} | ${rounded(rate)} | ${rounded(bareRate)} | ${median(ratios).toFixed(2)} (${spread(ratios)}) |`;
};
console.log(
  `${FACTS.toLocaleString("en")} facts, ${ABREAST} in flight, facts per second, median of ${ROUNDS} rounds:\n`,
);
console.log("| task | our bus | bare JetStream | ratio (range) |\n|---|---:|---:|---:|");
console.log(row("publish", 0, 0));
console.log(row("consume", 1, 1));
console.log(row("consume, one after the other per key", 2, 1));
console.log(row("document to subscriber, all stages at once", 3));
