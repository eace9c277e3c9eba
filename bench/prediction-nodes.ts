import { fork } from "node:child_process";
import { once } from "node:events";
import { cpus } from "node:os";
import { Prediction } from "../services/prediction/prediction.contract.ts";
import { eventually } from "../test/eventually.ts";
import { openServer } from "../test/servers.ts";
import { CAR } from "./car.ts";
import { keepInFlight, median, type Figures } from "./in-flight.ts";
import { productBroker } from "./rpc-brokers.ts";

/**
 * Predictions over NATS, answered by one prediction node and by two, in one run; figures are medians of five rounds that
 * alternate. Caller, nats-server and nodes share the processors of this machine: more nodes than these cannot win.
 */
const IN_FLIGHT = [1, 16, 64];
const ROUNDS = 5;
const ROUND_MS = 900;

const server = await openServer("nats-server");
const caller = await productBroker(server.url, "caller");
await caller.start();

const call = () => Prediction.value(caller, CAR);
const nodesSeen = () => caller.registry.getServiceList({ onlyAvailable: true, skipInternal: true }).length;

/** Starts one more node and waits until calls reach it. */
async function addNode(name: string) {
  const seen = nodesSeen();
  const node = fork(new URL("./prediction-node.ts", import.meta.url), [server.url, name]);
  await once(node, "message");
  await eventually(() => {
    if (nodesSeen() <= seen) throw new Error(`${name} is not seen yet`);
  });
  return node;
}

async function removeNode(node: Awaited<ReturnType<typeof addNode>>): Promise<void> {
  const seen = nodesSeen();
  node.kill("SIGTERM");
  await once(node, "exit");
  await eventually(() => {
    if (nodesSeen() >= seen) throw new Error("It is still seen");
  });
}

const rounds = new Map<string, Figures[]>();
async function measure(name: string): Promise<void> {
  await keepInFlight(call, { inFlight: 16, durationMs: 400 });
  for (const inFlight of IN_FLIGHT) {
    const figures = await keepInFlight(call, { inFlight, durationMs: ROUND_MS });
    const key = `${name} | ${inFlight}`;
    rounds.set(key, [...(rounds.get(key) ?? []), figures]);
  }
}

const first = await addNode("first");
for (let round = 0; round < ROUNDS; round++) {
  await measure("one node");
  const second = await addNode(`second-${round}`);
  await measure("two nodes");
  await removeNode(second);
}

const figure = (key: string, name: keyof Figures) => median(rounds.get(key)!.map((round) => round[name]));
console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]!.model.trim()}\n`);
console.log("| prediction.value over NATS | in flight | per second | against one node | p50 ms | p99 ms |");
console.log("| --- | ---: | ---: | ---: | ---: | ---: |");
for (const key of rounds.keys()) {
  const one = `one node | ${key.split(" | ")[1]}`;
  const perSecond = figure(key, "perSecond");
  const latencies = [figure(key, "p50Ms"), figure(key, "p99Ms")].map((ms) => ms.toFixed(2)).join(" | ");
  console.log(
    `| ${key} | ${perSecond.toFixed(0)} | ${(perSecond / figure(one, "perSecond")).toFixed(2)} | ${latencies} |`,
  );
}

first.kill("SIGTERM");
await caller.stop();
await server.discard();
