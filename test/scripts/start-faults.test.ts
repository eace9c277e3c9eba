import { once } from "node:events";
import { createServer } from "node:net";
import { freePort } from "../servers.ts";
import { PRODUCT, run } from "../program.ts";

test("a taken port and an unusable DATA_DIR are told in one line each, without a stack, with exit code 1", async () => {
  const port = await freePort();
  const server = createServer().listen(port);
  await once(server, "listening");
  const env = { PORT: "0", METRICS_PORT: `${port}`, DATA_DIR: "/dev/null/data" };
  const { exitCode, out, err } = await run(PRODUCT, env).ended;
  expect(err.trim().split("\n")).toEqual([
    "The environment has faults:",
    `  METRICS_PORT: port ${port} is taken already`,
    "  DATA_DIR: /dev/null/data is no directory that can be written (ENOTDIR)",
  ]);
  expect([exitCode, out]).toEqual([1, ""]);
  server.close();
});
