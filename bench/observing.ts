/**
 * What metrics and traces cost: GET of one car through the gateway without them, with metrics, and with traces of a
 * tenth and of all requests going to a collector that takes everything. Each gateway is a process of its own; five
 * alternating runs, medians of the ratios within one run. Prints a Markdown table.
 *
 *   npm run bench:observing          (a minute and a half; RUN_SECONDS=5 and RUN_CONNECTIONS=64 change the load)
 */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { freePort } from "../test/servers.ts";
import { openCars } from "./gateway-server.ts";
import { peer } from "./peers.ts";

const SECONDS = Number(process.env.RUN_SECONDS ?? 3);
const CONNECTIONS = Number(process.env.RUN_CONNECTIONS ?? 32);
const RUNS = 5;

type Autocannon = (options: { url: string; connections: number; duration: number }) => Promise<{
  requests: { total: number; average: number };
  latency: { p99: number };
  non2xx: number;
  errors: number;
}>;
interface Figures {
  perSecond: number;
  cpuMicros: number;
  p99Ms: number;
}

async function cpuMicros(server: ChildProcess): Promise<number> {
  server.send("cpu");
  return ((await once(server, "message")) as [number])[0];
}

async function measure(autocannon: Autocannon, server: ChildProcess, url: string, duration: number): Promise<Figures> {
  const before = await cpuMicros(server);
  const { requests, latency, non2xx, errors } = await autocannon({ url, connections: CONNECTIONS, duration });
  const spent = (await cpuMicros(server)) - before;
  if (non2xx + errors > 0) throw new Error(`${url}: ${non2xx} refusals, ${errors} errors`);
  return { perSecond: requests.average, cpuMicros: spent / requests.total, p99Ms: latency.p99 };
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

function table(runs: Map<string, Figures[]>): string {
  const [bare] = runs.values();
  const rows = [...runs].map(([way, figures]) => {
    const of = (pick: (figures: Figures, bare: Figures) => number) =>
      median(figures.map((each, run) => pick(each, bare![run]!)));
    return [
      way,
      Math.round(of((f) => f.perSecond)).toLocaleString("en"),
      of((f, without) => f.perSecond / without.perSecond).toFixed(2),
      of((f) => f.cpuMicros).toFixed(0),
      of((f, without) => f.cpuMicros / without.cpuMicros).toFixed(2),
      String(of((f) => f.p99Ms)),
    ];
  });
  const head = ["GET of one car", "requests/s", "ratio", "CPU µs/request", "ratio", "p99 ms"];
  return [head, head.map((_, i) => (i === 0 ? "---" : "---:")), ...rows]
    .map((row) => `| ${row.join(" | ")} |`)
    .join("\n");
}

const collector = createServer((request, response) => request.resume().on("end", () => response.end("{}")));
await once(collector.listen(0, "127.0.0.1"), "listening");
const traced = { TRACING_URL: `http://127.0.0.1:${(collector.address() as AddressInfo).port}` };
const ways: Record<string, Record<string, string>> = {
  "neither metrics nor traces": {},
  metrics: { METRICS_PORT: String(await freePort()) },
  "traces of 10 %": { ...traced, TRACING_SHARE: "0.1" },
  "traces of all": { ...traced, TRACING_SHARE: "1" },
  "metrics, traces of 10 %": { ...traced, TRACING_SHARE: "0.1", METRICS_PORT: String(await freePort()) },
};

const directory = mkdtempSync(path.join(tmpdir(), "bench-observing-"));
const { id, close } = await openCars(directory);
await close();
const autocannon = await peer<Autocannon>("autocannon");
const servers = new Map<string, { server: ChildProcess; url: string }>();
try {
  for (const [way, env] of Object.entries(ways)) {
    const script = path.join(import.meta.dirname, "gateway-server.ts");
    const server = fork(script, ["gateway", directory, JSON.stringify(env)], {
      execArgv: ["--disable-warning=ExperimentalWarning"],
    });
    const [port] = (await once(server, "message")) as [number];
    servers.set(way, { server, url: `http://127.0.0.1:${port}/api/cars/${id}` });
    await measure(autocannon, server, servers.get(way)!.url, 2);
  }
  const runs = new Map(Object.keys(ways).map((way) => [way, [] as Figures[]]));
  for (let run = 0; run < RUNS; run++) {
    for (const [way, { server, url }] of servers) runs.get(way)!.push(await measure(autocannon, server, url, SECONDS));
  }
  process.stdout.write(
    `${table(runs)}\n\n${RUNS} alternating runs of ${SECONDS} s, ${CONNECTIONS} connections, medians.\n`,
  );
} finally {
  for (const { server } of servers.values()) server.kill();
  collector.close();
  collector.closeAllConnections();
  rmSync(directory, { recursive: true, force: true });
}
