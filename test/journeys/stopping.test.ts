import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request, type ClientRequest } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { eventually } from "../eventually.ts";
import { PRODUCT, run } from "../program.ts";
import { freePort } from "../servers.ts";

const ROOT = path.join(import.meta.dirname, "../..");

/** What `npm start` runs, on ports and data of its own. */
async function startProduct() {
  const directory = mkdtempSync(path.join(tmpdir(), "hallabong-"));
  const [port, health] = [await freePort(), await freePort()];
  const env = { PORT: `${port}`, HEALTH_PORT: `${health}`, METRICS_PORT: "0", DATA_DIR: directory, DEMO: "off" };
  const { child, output } = run(PRODUCT, { RATE_LIMITS: "off", ...env });
  const ready = () => statusOf(`http://127.0.0.1:${health}/health/ready`);
  await eventually(async () => expect(await ready()).toBe(200), 120_000);
  return { child, port, ready, output, discard: () => rmSync(directory, { recursive: true }) };
}

const statusOf = async (url: string) => (await fetch(url)).status;

const CAR = { brand: "Audi", model: "A6", year: 2017, fuelType: "Diesel", engineSize: 3.0 };

interface Sent {
  status: number | undefined;
  closes: boolean;
}

function send(port: number, agent: Agent, method: "GET" | "POST", to: string, body?: object): Promise<Sent> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json" };
    const sent: ClientRequest = request({ port, agent, method, path: to, headers, host: "127.0.0.1" }, (answer) => {
      answer.on("error", reject);
      answer.resume().on("end", () => resolve({ status: answer.statusCode, closes: closesAfter(answer.headers) }));
    });
    sent.on("error", (error: NodeJS.ErrnoException) => {
      // As browsers do: a connection that nobody takes, or one that was closed while it lay idle, has carried nothing.
      const nothingSent = error.code === "ECONNREFUSED" || (sent.reusedSocket && error.code === "ECONNRESET");
      if (nothingSent) resolve({ status: undefined, closes: true });
      else reject(error);
    });
    sent.end(body && JSON.stringify(body));
  });
}

const closesAfter = (headers: { connection?: string | undefined }) => headers.connection === "close";

/** Asks over one kept connection, one request after the other, until nobody takes connections any more. */
async function askUntilGone(port: number, turn: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const answers: Sent[] = [];
  for (let asked = 0; ; asked++) {
    const answer = await (turn % 4 === 0
      ? send(port, agent, "POST", "/api/train/predict", { ...CAR, mileage: 21_000 + asked })
      : send(port, agent, "GET", "/api/cars/filter-search?brand=Audi&size=5"));
    if (answer.status === undefined && (await isGone(port))) return answers;
    if (answer.status !== undefined) answers.push(answer);
  }
}

const isGone = (port: number) =>
  fetch(`http://127.0.0.1:${port}/api/health/live`).then(
    () => false,
    () => true,
  );

const end = async (child: ChildProcess) => (child.exitCode === null ? (await once(child, "exit"))[0] : child.exitCode);

test("SIGTERM under load: every request is answered, kept connections are told to close, and the exit code is 0", async () => {
  const { child, port, ready, output, discard } = await startProduct();
  const asking = Array.from({ length: 16 }, (_, turn) => askUntilGone(port, turn));
  await new Promise((resolve) => setTimeout(resolve, 1500));
  child.kill("SIGTERM");
  await eventually(async () => expect(await ready()).toBe(503));
  const answers = (await Promise.all(asking)).flat();
  expect(await end(child)).toBe(0);
  expect(answers.length).toBeGreaterThan(100);
  expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  expect(answers.filter(({ closes }) => closes).length).toBeGreaterThan(8);
  expect(output()).not.toMatch(/error|warn/i);
  discard();
});

test("a second signal ends the process at once", async () => {
  const { child, port, ready, discard } = await startProduct();
  // A request that does not end holds up the stop.
  const socket = connect(port, "127.0.0.1").on("error", () => undefined);
  await once(socket, "connect");
  socket.write(
    "POST /api/train/predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{",
  );
  child.kill("SIGTERM");
  await eventually(async () => expect(await ready()).toBe(503));
  await new Promise((resolve) => setTimeout(resolve, 1200));
  child.kill("SIGINT");
  expect(await end(child)).toBe(130);
  socket.destroy();
  discard();
});

test("whoever ends npm start ends the product with it", async () => {
  const directory = mkdtempSync(path.join(tmpdir(), "hallabong-"));
  const port = await freePort();
  const env = { PORT: `${port}`, METRICS_PORT: "0", DATA_DIR: directory, DEMO: "off" };
  const npm = spawn("npm", ["start"], { cwd: ROOT, env: { PATH: process.env.PATH, HOME: directory, ...env } });
  await eventually(async () => expect(await statusOf(`http://127.0.0.1:${port}/api/health/ready`)).toBe(200), 120_000);
  npm.kill("SIGTERM");
  await eventually(async () => expect(await isGone(port)).toBe(true));
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
});
