import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { eventually } from "../eventually.ts";
import { PRODUCT, run } from "../program.ts";
import { freePort, openServer, type TestServer } from "../servers.ts";

/** Two cores shared with others may take this long to start ten processes. */
const START_LIMIT_MS = 180_000;

/** A process of the product. */
export interface ClusterNode {
  readonly name: string;
  readonly roles: readonly string[];
  /** Of its gateway, if it has one. */
  readonly url: string;
  /** All it has printed since its first start. */
  output(): string;
  /** Resolves when it is ready to serve. */
  start(): Promise<void>;
  /** Sends a signal; SIGSTOP freezes and SIGCONT thaws. */
  signal(signal: NodeJS.Signals): void;
  /** Ends it with a signal, SIGKILL unless told otherwise; answers the exit code. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Processes of the product over a nats-server of their own; owners of one machine share their SQLite files. */
export interface Cluster {
  readonly nats: TestServer;
  /** Its name space. */
  readonly name: string;
  readonly dataDir: string;
  readonly nodes: readonly ClusterNode[];
  /** Where the gateways listen. */
  readonly gateways: readonly string[];
  node(name: string): ClusterNode;
  /** Resolves when every gateway sees every node that should be there. */
  whole(limitMs?: number): Promise<void>;
  close(): Promise<void>;
}

/** Every service in two processes, as small as a cluster gets in which each may die. */
export const PAIRS = {
  ...{ "gateway-1": ["gateway"], "gateway-2": ["gateway"] },
  ...{ "accounts-1": ["accounts"], "accounts-2": ["accounts"] },
  ...{ "exports-1": ["exports"], "exports-2": ["exports"] },
  ...{ "listings-1": ["listings"], "listings-2": ["listings"] },
  ...{ "search-1": ["search"], "search-2": ["search"] },
  ...{ "prediction-1": ["prediction"], "prediction-2": ["prediction"] },
};

/** Starts a cluster: node name → its roles. What it started is ended if it cannot start all. */
export async function openCluster(
  layout: Record<string, string[]>,
  env: Record<string, string> = {},
): Promise<Cluster> {
  const nats = await openServer("nats-server");
  const dataDir = mkdtempSync(path.join(tmpdir(), "hallabong-cluster-"));
  const name = path.basename(dataDir);
  const shared = {
    ...{ CLUSTER: name, NATS_URL: nats.url, DATA_DIR: dataDir, METRICS_PORT: "0" },
    ...{ DEMO: "off", RATE_LIMITS: "off", JWT_SECRET: "the secret of this cluster" },
    ...env,
    ...(process.env.MONGO_URL && { MONGO_URL: new URL(`/${name}`, process.env.MONGO_URL).href }),
  };
  const nodes = await Promise.all(Object.entries(layout).map(([node, roles]) => openNode(node, roles, shared)));
  const gateways = nodes.filter(({ roles }) => roles.includes("gateway")).map(({ url }) => url);
  const cluster: Cluster = {
    ...{ nats, name, dataDir, nodes, gateways },
    node: (wanted) => nodes.find((node) => node.name === wanted)!,
    async whole(limitMs = START_LIMIT_MS) {
      await Promise.all(gateways.map((url) => eventually(() => seesAll(url, nodes), limitMs)));
    },
    async close() {
      await Promise.all(nodes.map((node) => node.end()));
      await nats.discard();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
  try {
    await Promise.all(nodes.map((node) => node.start()));
    await cluster.whole();
  } catch (error) {
    const said = nodes.map((node) => `${node.name}: ${node.output()}`).join("\n");
    await cluster.close();
    throw new Error(`The cluster did not start.\n${said}`, { cause: error });
  }
  return cluster;
}

async function openNode(name: string, roles: string[], shared: Record<string, string>): Promise<ClusterNode> {
  const [port, health] = [await freePort(), await freePort()];
  const env = { ...shared, PORT: String(port), HEALTH_PORT: String(health), NODE_NAME: name, ROLES: roles.join() };
  let running: ChildProcess | undefined;
  let text = "";
  const killLeft = () => running?.kill("SIGKILL");
  return {
    ...{ name, roles, url: `http://127.0.0.1:${port}` },
    output: () => text,
    async start() {
      const { child } = run(PRODUCT, env);
      running = child;
      process.once("exit", killLeft);
      for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (text += chunk));
      let ended = false;
      child.once("exit", () => (ended = true));
      await eventually(async () => {
        if (ended) return;
        const { ok } = await fetch(`http://127.0.0.1:${health}/health/ready`);
        if (!ok) throw new Error(`${name} is not ready`);
      }, START_LIMIT_MS);
      if (ended) throw new Error(`${name} has ended`);
    },
    signal: (signal) => void running?.kill(signal),
    async end(signal = "SIGKILL") {
      const ending = running;
      running = undefined;
      process.off("exit", killLeft);
      if (!ending) return null;
      const exited = ending.exitCode === null && ending.signalCode === null ? once(ending, "exit") : undefined;
      ending.kill(signal);
      await exited;
      return ending.exitCode;
    },
  };
}

async function seesAll(url: string, nodes: readonly ClusterNode[]): Promise<void> {
  const health = (await (await fetch(`${url}/api/health`)).json()) as {
    status: string;
    nodes: { id: string; latencyMs: number | null }[];
    services: { name: string; instances: number }[];
  };
  const answering = health.nodes.filter(({ latencyMs }) => latencyMs !== null).map(({ id }) => id);
  const missing = nodes.filter(({ name }) => !answering.includes(name)).map(({ name }) => name);
  const short = health.services.filter(
    ({ name, instances }) => instances < nodes.filter(({ roles }) => roles.includes(name)).length,
  );
  if (missing.length + short.length > 0) throw new Error(`Not seen: ${[...missing, ...short.map((s) => s.name)]}`);
}
