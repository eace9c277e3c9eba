import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { eventually } from "../eventually.ts";
import { PRODUCT, run } from "../program.ts";
import { freePort } from "../servers.ts";

/** Processes of the product on one NATS server, and an operator who speaks to them; all on data of their own. */
export function openProcesses(natsUrl: string) {
  const dataDir = mkdtempSync(path.join(tmpdir(), "hallabong-"));
  const shared = { NATS_URL: natsUrl, CLUSTER: "repl-test", DATA_DIR: dataDir, METRICS_PORT: "0", DEMO: "off" };
  const started: ReturnType<typeof run>[] = [];

  /** Resolves when the process is ready. */
  async function start(name: string, roles: string) {
    const [port, health] = [await freePort(), await freePort()];
    const env = { ...shared, NODE_NAME: name, ROLES: roles, PORT: `${port}`, HEALTH_PORT: `${health}` };
    const process = run(PRODUCT, env);
    started.push(process);
    const ready = async () => (await fetch(`http://127.0.0.1:${health}/health/ready`)).status;
    await eventually(async () => expect(await ready()).toBe(200), 120_000);
    const live = async () => (await fetch(`http://127.0.0.1:${health}/health/live`)).status;
    return { ...process, port, ready, live };
  }

  return {
    start,
    operate: (...lines: string[]) => run(["scripts/repl.ts"], { ...shared, HOME: dataDir }, lines).ended,
    async close() {
      for (const { child } of started) child.kill("SIGKILL");
      await Promise.all(started.map(({ ended }) => ended));
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
