import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { eventually } from "./eventually.ts";

/** A real server of a test's own, on a port of its own, that can be stopped and started again on its data. */
export interface TestServer {
  url: string;
  port: number;
  /** With further arguments, or those it was opened with. */
  start(...more: string[]): Promise<void>;
  /** SIGKILL unless told otherwise. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Removes its data; it must be stopped. */
  forget(): void;
  /** Lets it hang (SIGSTOP) and go on (SIGCONT). */
  signal(signal: "SIGSTOP" | "SIGCONT"): void;
  /** Stops it for good and removes its data. */
  discard(): Promise<void>;
}

/** What tests start for themselves where it is on the machine; `.ci/servers` installs them. */
export const PROGRAMS = ["nats-server", "redis-server", "chromium"] as const;
type Program = (typeof PROGRAMS)[number];
type Binary = Exclude<Program, "chromium">;

const ARGUMENTS: Record<Binary, (port: number, directory: string) => string[]> = {
  "nats-server": (port, directory) => ["-a", "127.0.0.1", "-p", String(port), "-js", "-sd", directory],
  "redis-server": (port, directory) => [
    ...["--bind", "127.0.0.1", "--port", String(port), "--dir", directory],
    ...["--save", "", "--appendonly", "no"],
  ],
};
const SCHEMES: Record<Binary, string> = { "nats-server": "nats", "redis-server": "redis" };

/** `describe` when the binary is on this machine; else one skipped test that says what is missing. */
export function describeWith(binary: Program, title: string, suite: () => void): void {
  if (isInstalled(binary)) describe(title, suite);
  else test.skip(`${title}: skipped: no ${binary}`, () => undefined);
}

function isInstalled(binary: Program): boolean {
  try {
    execFileSync(binary, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Starts a server of one's own, with further arguments of its command line. */
export async function openServer(binary: Binary, ...usual: string[]): Promise<TestServer> {
  const port = await freePort();
  const directory = mkdtempSync(path.join(tmpdir(), `hallabong-${binary}-`));
  let running: ChildProcess | undefined;
  const server: TestServer = {
    url: `${SCHEMES[binary]}://127.0.0.1:${port}`,
    port,
    async start(...more) {
      const given = more.length > 0 ? more : usual;
      running = spawn(binary, [...ARGUMENTS[binary](port, directory), ...given], { stdio: "ignore" });
      await eventually(() => answers(port));
    },
    async stop(signal = "SIGKILL") {
      const stopping = running;
      running = undefined;
      if (stopping?.exitCode !== null || !stopping.kill(signal)) return;
      await once(stopping, "exit");
    },
    forget: () => rmSync(directory, { recursive: true, force: true }),
    signal: (signal) => void running?.kill(signal),
    async discard() {
      await server.stop();
      server.forget();
    },
  };
  await server.start();
  return server;
}

/** A port that nothing listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function answers(port: number): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect").finally(() => socket.destroy());
}
