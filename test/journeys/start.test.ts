import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { eventually } from "../eventually.ts";

const ROOT = path.join(import.meta.dirname, "../..");
const RUNNER = [
  "--disable-warning=ExperimentalWarning",
  "node_modules/moleculer/bin/moleculer-runner.mjs",
  "--config",
  "moleculer.config.ts",
];

interface Started {
  process: ChildProcess;
  output: () => string;
  ended: Promise<number | null>;
}

/** What `npm start` runs, with an environment of its own. */
function start(env: Record<string, string>): Started {
  const child = spawn(process.execPath, RUNNER, { cwd: ROOT, env: { PATH: process.env.PATH, ...env } });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (text += chunk));
  return { process: child, output: () => text, ended: new Promise((resolve) => child.on("exit", resolve)) };
}

const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

test("npm start says that it is ready in one line of its log and nothing else, serves the product, and stops on SIGTERM", async () => {
  const dataDir = mkdtempSync(path.join(tmpdir(), "hallabong-"));
  const [port, health] = [await freePort(), await freePort()];
  const started = start({ PORT: String(port), METRICS_PORT: "0", HEALTH_PORT: String(health), DATA_DIR: dataDir });
  const url = `http://127.0.0.1:${port}/api`;
  await eventually(async () => expect((await fetch(`${url}/health/ready`)).status).toBe(200), 120_000);
  await eventually(async () => {
    const found = (await (await fetch(`${url}/cars/filter-search`)).json()) as { total: number };
    expect(found.total).toBeGreaterThan(2000);
  }, 120_000);

  const origin = `http://localhost:${port}`;
  const details = { url: `${origin}/api`, docs: `${origin}/api/docs`, roles: expect.arrayContaining(["gateway"]) };
  expect(JSON.parse(started.output())).toMatchObject({ level: "info", msg: "Hallabong is ready", details });
  const docs = await fetch(`${url}/docs`);
  expect(docs.status).toBe(200);
  expect(await docs.text()).not.toMatch(/https?:\/\/(?!localhost|127)/);
  expect((await fetch(`http://127.0.0.1:${health}/health/ready`)).status).toBe(200);

  started.process.kill("SIGTERM");
  expect(await started.ended).toBe(0);
  rmSync(dataDir, { recursive: true, force: true });
});

test("a process with some of the services only and nothing to reach the others by warns", async () => {
  const dataDir = mkdtempSync(path.join(tmpdir(), "hallabong-"));
  const started = start({ PORT: "0", METRICS_PORT: "0", DATA_DIR: dataDir, ROLES: "gateway" });
  await eventually(() => expect(started.output()).toContain("Hallabong is ready"), 120_000);
  const lines = started
    .output()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { level: string; msg: string });
  expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
    ["warn", expect.stringContaining("NATS_URL")],
    ["info", "Hallabong is ready"],
  ]);
  started.process.kill("SIGTERM");
  expect(await started.ended).toBe(0);
  rmSync(dataDir, { recursive: true, force: true });
});

test("every fault in the environment is printed at once and the exit code is 1", async () => {
  const started = start({ PORT: "many", MONGO_URL: "nonsense", RATE_LIMITS: "perhaps" });
  expect(await started.ended).toBe(1);
  const lines = started.output().trim().split("\n");
  expect(lines).toHaveLength(4);
  for (const name of ["PORT", "MONGO_URL", "RATE_LIMITS"]) expect(started.output()).toContain(`  ${name}: `);
});
