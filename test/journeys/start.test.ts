import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { eventually } from "../eventually.ts";
import { PRODUCT, run } from "../program.ts";
import { freePort } from "../servers.ts";

test("npm start says that it is ready in one line of its log and nothing else, serves the product, and stops on SIGTERM", async () => {
  const dataDir = mkdtempSync(path.join(tmpdir(), "hallabong-"));
  const [port, health] = [await freePort(), await freePort()];
  const started = run(PRODUCT, {
    PORT: String(port),
    METRICS_PORT: "0",
    HEALTH_PORT: String(health),
    DATA_DIR: dataDir,
  });
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

  started.child.kill("SIGTERM");
  expect((await started.ended).exitCode).toBe(0);
  rmSync(dataDir, { recursive: true, force: true });
});

test("a process with some of the services only and nothing to reach the others by warns", async () => {
  const dataDir = mkdtempSync(path.join(tmpdir(), "hallabong-"));
  const started = run(PRODUCT, { PORT: "0", METRICS_PORT: "0", DATA_DIR: dataDir, ROLES: "gateway" });
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
  started.child.kill("SIGTERM");
  expect((await started.ended).exitCode).toBe(0);
  rmSync(dataDir, { recursive: true, force: true });
});

test("every fault in the environment is printed at once and the exit code is 1", async () => {
  const started = run(PRODUCT, { PORT: "many", MONGO_URL: "nonsense", RATE_LIMITS: "perhaps" });
  expect((await started.ended).exitCode).toBe(1);
  const lines = started.output().trim().split("\n");
  expect(lines).toHaveLength(4);
  for (const name of ["PORT", "MONGO_URL", "RATE_LIMITS"]) expect(started.output()).toContain(`  ${name}: `);
});
