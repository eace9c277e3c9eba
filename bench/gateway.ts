/**
 * What the gateway costs: GET of one car through it, against a bare node:http handler and a fastify handler that do the
 * same read from the same store. Each server is a process of its own, so its CPU time is its own. Five alternating
 * runs, medians, ratios within one run. Prints a Markdown table. No rate limits.
 *
 *   npm run bench:gateway            (a minute; RUN_SECONDS=5 and RUN_CONNECTIONS=64 change the load)
 */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openCars } from "./gateway-server.ts";
import { peer } from "./peers.ts";

const SECONDS = Number(process.env.RUN_SECONDS ?? 3);
const CONNECTIONS = Number(process.env.RUN_CONNECTIONS ?? 32);
const RUNS = 5;
const KINDS = ["node:http", "fastify", "gateway"] as const;
type Kind = (typeof KINDS)[number];

interface Load {
  requests: { total: number; average: number };
  latency: { p99: number };
  non2xx: number;
  errors: number;
}
type Autocannon = (options: { url: string; connections: number; duration: number }) => Promise<Load>;

interface Figures {
  perSecond: number;
  cpuMicros: number;
  p99Ms: number;
}

/** The next word of a server process; its end is an error. */
async function hear(server: ChildProcess): Promise<number> {
  const heard = new AbortController();
  const ended = once(server, "exit", heard).then(
    () => Promise.reject(new Error("A server ended")),
    () => Promise.reject(new Error("Heard before")),
  );
  try {
    const [word] = (await Promise.race([once(server, "message", heard), ended])) as [number];
    return word;
  } finally {
    heard.abort();
  }
}

function cpuMicros(server: ChildProcess): Promise<number> {
  server.send("cpu");
  return hear(server);
}

async function measure(autocannon: Autocannon, server: ChildProcess, url: string, seconds: number): Promise<Figures> {
  const before = await cpuMicros(server);
  const load = await autocannon({ url, connections: CONNECTIONS, duration: seconds });
  const after = await cpuMicros(server);
  if (load.non2xx + load.errors > 0) throw new Error(`${url}: ${load.non2xx} refusals, ${load.errors} errors`);
  return {
    perSecond: load.requests.average,
    cpuMicros: (after - before) / load.requests.total,
    p99Ms: load.latency.p99,
  };
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

function table(runs: Record<Kind, Figures[]>): string {
  const of = (kind: Kind, pick: (figures: Figures, bare: Figures) => number) =>
    median(runs[kind].map((figures, run) => pick(figures, runs["node:http"][run]!)));
  const rows = KINDS.map((kind) => [
    kind,
    Math.round(of(kind, (f) => f.perSecond)).toLocaleString("en"),
    of(kind, (f, bare) => f.perSecond / bare.perSecond).toFixed(2),
    of(kind, (f) => f.cpuMicros).toFixed(0),
    of(kind, (f, bare) => f.cpuMicros / bare.cpuMicros).toFixed(2),
    String(of(kind, (f) => f.p99Ms)),
  ]);
  const head = ["GET of one car", "requests/s", "ratio", "CPU µs/request", "ratio", "p99 ms"];
  return [head, head.map((_, i) => (i === 0 ? "---" : "---:")), ...rows]
    .map((row) => `| ${row.join(" | ")} |`)
    .join("\n");
}

const directory = mkdtempSync(path.join(tmpdir(), "bench-gateway-"));
const { id, close } = await openCars(directory);
await close();
const autocannon = await peer<Autocannon>("autocannon");
await peer("fastify");
const servers = {} as Record<Kind, { server: ChildProcess; url: string }>;
try {
  for (const kind of KINDS) {
    const server = fork(path.join(import.meta.dirname, "gateway-server.ts"), [kind, directory], {
      execArgv: ["--disable-warning=ExperimentalWarning"],
    });
    const port = await hear(server);
    servers[kind] = { server, url: `http://127.0.0.1:${port}/api/cars/${id}` };
    await measure(autocannon, server, servers[kind].url, 2);
  }
  const runs: Record<Kind, Figures[]> = { "node:http": [], fastify: [], gateway: [] };
  for (let run = 0; run < RUNS; run++) {
    for (const kind of KINDS) {
      runs[kind].push(await measure(autocannon, servers[kind].server, servers[kind].url, SECONDS));
    }
  }
  process.stdout.write(
    `${table(runs)}\n\n${RUNS} alternating runs of ${SECONDS} s, ${CONNECTIONS} connections, medians.\n`,
  );
} finally {
  for (const { server } of Object.values(servers)) server.kill();
  rmSync(directory, { recursive: true, force: true });
}
