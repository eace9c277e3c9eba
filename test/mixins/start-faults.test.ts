import { once } from "node:events";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { startFaults } from "../../mixins/start-faults.ts";
import { freePort } from "../servers.ts";

const directory = mkdtempSync(path.join(tmpdir(), "start-faults-"));
afterAll(() => rmSync(directory, { recursive: true }));

test("what can be opened is no fault; a missing directory is made, any port is free", async () => {
  const made = path.join(directory, "a", "b");
  const ports = { PORT: await freePort(), METRICS_PORT: 0, HEALTH_PORT: 0 };
  expect(await startFaults({ ports, directories: { DATA_DIR: made } })).toEqual([]);
  expect(statSync(made).mode & 0o777).toBe(0o700);
});

test("a taken port and a file where a directory should be are one line each, by the variable's name", async () => {
  const port = await freePort();
  const file = path.join(directory, "file");
  writeFileSync(file, "");
  const server = createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  expect(await startFaults({ ports: { PORT: port }, directories: { DATA_DIR: path.join(file, "below") } })).toEqual([
    `PORT: port ${port} is taken already`,
    `DATA_DIR: ${path.join(file, "below")} is no directory that can be written (ENOTDIR)`,
  ]);
  server.close();
});

test("a file in a directory's place, and a place where the system lets nobody make one, are one line each", async () => {
  const file = path.join(directory, "taken");
  writeFileSync(file, "", { mode: 0o777 });
  expect(await startFaults({ ports: {}, directories: { DATA_DIR: file, MORE: "/proc/nope/below" } })).toEqual([
    `DATA_DIR: ${file} is no directory that can be written (ENOTDIR)`,
    "MORE: /proc/nope/below is no directory that can be written (ENOENT)",
  ]);
});

test("one port for two things is a fault", async () => {
  const port = await freePort();
  const ports = { PORT: port, METRICS_PORT: port };
  expect(await startFaults({ ports, directories: {} })).toEqual([`METRICS_PORT: port ${port} is taken already`]);
});
