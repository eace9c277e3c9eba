import { parentPort, threadId } from "node:worker_threads";

/** A worker that does what its job says, dying included. */
export type FragileJob = { do: "double" | "say" | "throw" | "die" | "dieOnce"; with: unknown };

const kept = new Map<string, unknown>();

parentPort!.on("message", (message: { kind: string; key: string; value: unknown; job: FragileJob }) => {
  if (message.kind === "keep") kept.set(message.key, message.value);
  if (message.kind === "forget") kept.delete(message.key);
  if (message.kind !== "job") return;
  const { job } = message;
  if (job.do === "die") process.exit(1);
  if (job.do === "dieOnce") {
    const deaths = new Int32Array(job.with as SharedArrayBuffer);
    if (Atomics.add(deaths, 0, 1) === 0) process.exit(1);
  }
  if (job.do === "throw") parentPort!.postMessage({ error: "no such thing" });
  else if (job.do === "say") parentPort!.postMessage({ result: kept.get(job.with as string) });
  else parentPort!.postMessage({ result: job.do === "double" ? Number(job.with) * 2 : threadId });
});
