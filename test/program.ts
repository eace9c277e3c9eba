import { spawn } from "node:child_process";
import path from "node:path";

const ROOT = path.join(import.meta.dirname, "..");

/** What `npm start` gives to Node. */
export const PRODUCT = ["node_modules/moleculer/bin/moleculer-runner.mjs", "--config", "moleculer.config.ts"];

export interface Ran {
  exitCode: number | null;
  out: string;
  err: string;
}

/** Runs a program of ours in a process, with no more environment than is given and the lines as its input. */
export function run(program: readonly string[], env: Record<string, string>, lines: readonly string[] = []) {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", ...program], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, ...env },
  });
  const ran: Ran = { exitCode: null, out: "", err: "" };
  child.stdout.on("data", (chunk) => (ran.out += chunk));
  child.stderr.on("data", (chunk) => (ran.err += chunk));
  child.stdin.end(lines.map((line) => `${line}\n`).join(""));
  const ended = new Promise<Ran>((resolve) => child.on("close", (exitCode) => resolve({ ...ran, exitCode })));
  return { child, ran, ended, output: () => ran.out + ran.err };
}
