/**
 * What callers notice when something dies: two of every service and a nats-server, ten processes under 100 requests a
 * second (fewer where the machine cannot carry them), one of them killed with kill -9 and started again, then
 * nats-server. Prints Markdown tables.
 *
 *   npm run bench:recovery            (two minutes; needs nats-server on the PATH)
 */
import { setTimeout as pause } from "node:timers/promises";
import { openCluster, PAIRS } from "../test/cluster/cluster.ts";
import { bearableRate, failed, HEAD, row, startLoad, type Load } from "../test/cluster/load.ts";
import { openTraffic } from "../test/cluster/traffic.ts";

const AWAY_MS = 4000;

const cluster = await openCluster(PAIRS);
try {
  const traffic = await openTraffic(cluster.gateways);
  const perSecond = await bearableRate(cluster.gateways, traffic.next);
  console.log(`At ${perSecond} requests/s\n\n${HEAD}`);
  for (const name of Object.keys(PAIRS).filter((node) => node.endsWith("-1"))) {
    const load = startLoad(cluster.gateways, perSecond, traffic.next);
    await pause(1000);
    const killedAtMs = load.nowMs();
    await cluster.node(name).end("SIGKILL");
    await pause(AWAY_MS);
    await load.stop();
    console.log(row(`kill -9 ${name}`, since(load, killedAtMs)));
    await cluster.node(name).start();
    await cluster.whole();
  }
  console.log(`\n${await loseNats(startLoad(cluster.gateways, perSecond, traffic.next))}`);
  await traffic.verify(cluster.gateways);
  console.log(`\nAll ${traffic.promised.cars.size} acknowledged cars are with their owner and in the search.`);
} finally {
  await cluster.close();
}

function since(load: Load, atMs: number) {
  return load.outcomes.filter(({ startedAtMs, latencyMs }) => startedAtMs + latencyMs >= atMs);
}

async function loseNats(load: Load): Promise<string> {
  await pause(1000);
  const lostAtMs = load.nowMs();
  await cluster.nats.stop("SIGKILL");
  await pause(AWAY_MS);
  const startedAtMs = load.nowMs();
  await cluster.nats.start();
  await cluster.whole();
  const wholeAtMs = load.nowMs();
  await pause(2000);
  await load.stop();
  const bad = failed(since(load, lostAtMs));
  const endOf = (one: { startedAtMs: number; latencyMs: number }) => one.startedAtMs + one.latencyMs;
  const good = load.outcomes.filter((one) => one.result === "good" && one.startedAtMs > startedAtMs);
  const rows: [string, number][] = [
    ["killed → first refusal", Math.min(...bad.map(endOf)) - lostAtMs],
    ["longest wait for a refusal", Math.max(...bad.map(({ latencyMs }) => latencyMs))],
    ["started again → first good answer", Math.min(...good.map(endOf)) - startedAtMs],
    ["started again → last refusal", Math.max(...bad.map(endOf)) - startedAtMs],
    ["started again → every gateway reaches every node", wholeAtMs - startedAtMs],
  ];
  const lines = rows.map(([what, ms]) => `| ${what} | ${Math.round(ms)} |`);
  return ["| nats-server gone for 4 s | ms |", "| --- | --: |", ...lines].join("\n");
}
