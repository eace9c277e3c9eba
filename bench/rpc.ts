import { fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { cpus } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { connect, JSONCodec } from "nats";
import { openServer } from "../test/servers.ts";
import { CAR } from "./car.ts";
import { keepInFlight, median, type Figures } from "./in-flight.ts";
import { bareBroker, productBroker } from "./rpc-brokers.ts";
import { SUBJECTS, Worth } from "./rpc-contract.ts";
import { nest } from "./rpc-nest.ts";

/**
 * One call from process to process over NATS, six ways in one run: by Moleculer as it comes, by the same with our
 * deadlines, breaker and tracking, by our contract on top of those, by a bare NATS request, by NestJS, and by two topics
 * with ids of one's own, of which the caller looks for its answer every 100 ms. The rounds of all contestants alternate; figures are medians. Processor time is that of both processes.
 */
const IN_FLIGHT = [1, 16, 64];
const ROUNDS = 5;
const ROUND_MS = 800;
const WARM_UP_MS = 600;
const POLL_MS = 100;
const MOST_POLLS = 100;

const server = await openServer("nats-server");
const service = fork(new URL("./rpc-server.ts", import.meta.url), [server.url]);
await once(service, "message");

const ours = await productBroker(server.url, "caller");
const bare = bareBroker(server.url, "caller");
await Promise.all([ours.start(), bare.start()]);
await Promise.all([ours.waitForServices([Worth.$name, "plain"]), bare.waitForServices([Worth.$name])]);
const connection = await connect({ servers: server.url });
const json = JSONCodec<unknown>();
const nested = await (await nest()).client(server.url);

const answered = new Map<string, unknown>();
connection.subscribe(SUBJECTS.answer, {
  callback: (_error, message) => {
    const { request_id, ...price } = json.decode(message.data) as { request_id: string };
    answered.set(request_id, price);
  },
});

async function askByTopics(): Promise<unknown> {
  const id = randomUUID();
  connection.publish(SUBJECTS.question, json.encode({ request_id: id, ...CAR }));
  for (let polls = 0; polls < MOST_POLLS; polls++) {
    if (answered.has(id)) break;
    await pause(POLL_MS);
  }
  const price = answered.get(id);
  if (!answered.delete(id)) throw new Error("No answer came");
  return price;
}

const contestants: Record<string, () => Promise<unknown>> = {
  "moleculer over NATS, bare": () => bare.call("worth.ask", CAR),
  "moleculer over NATS with our broker's options": () => ours.call("plain.ask", CAR),
  "ours: contract over moleculer over NATS": () => Worth.ask(ours, CAR),
  "nats.request, bare": async () => json.decode((await connection.request(SUBJECTS.raw, json.encode(CAR))).data),
  "@nestjs/microservices over NATS": () => nested.ask(SUBJECTS.nest, CAR),
  "two topics, UUIDs, looking every 100 ms": askByTopics,
};
const YARDSTICK = Object.keys(contestants)[0]!;

const cpuMicros = async (): Promise<number> => {
  service.send("?");
  const [theirs] = (await once(service, "message")) as [number];
  const { user, system } = process.cpuUsage();
  return theirs + user + system;
};

type Round = Figures & { cpuMicros: number };
const rounds = new Map<string, Round[]>();
const key = (name: string, inFlight: number) => `${name} | ${inFlight}`;

for (const call of Object.values(contestants)) await keepInFlight(call, { inFlight: 16, durationMs: WARM_UP_MS });
for (let round = 0; round < ROUNDS; round++)
  for (const inFlight of IN_FLIGHT)
    for (const [name, call] of Object.entries(contestants)) {
      const before = await cpuMicros();
      const figures = await keepInFlight(call, { inFlight, durationMs: ROUND_MS });
      const spent = ((await cpuMicros()) - before) / figures.calls;
      rounds.set(key(name, inFlight), [...(rounds.get(key(name, inFlight)) ?? []), { ...figures, cpuMicros: spent }]);
    }

const figure = (of: string, name: keyof Round) => median(rounds.get(of)!.map((round) => round[name]));
console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]!.model.trim()}\n`);
console.log("| | in flight | per second | against bare | p50 ms | p99 ms | CPU µs a call | against bare |");
console.log("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
for (const name of Object.keys(contestants))
  for (const inFlight of IN_FLIGHT) {
    const [its, yardsticks] = [key(name, inFlight), key(YARDSTICK, inFlight)];
    const against = (field: keyof Round) => (figure(its, field) / figure(yardsticks, field)).toFixed(2);
    const latencies = [figure(its, "p50Ms"), figure(its, "p99Ms")].map((ms) => ms.toFixed(2)).join(" | ");
    const rate = `${figure(its, "perSecond").toFixed(0)} | ${against("perSecond")}`;
    console.log(
      `| ${its} | ${rate} | ${latencies} | ${figure(its, "cpuMicros").toFixed(0)} | ${against("cpuMicros")} |`,
    );
  }

service.disconnect();
await Promise.all([nested.close(), connection.close(), ours.stop(), bare.stop()]);
await server.discard();
