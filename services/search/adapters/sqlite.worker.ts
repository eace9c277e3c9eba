import { parentPort, workerData } from "node:worker_threads";
import { SqliteReader } from "./sqlite-reader.ts";
import { SqliteWriter } from "./sqlite-writer.ts";
import type { WorkerCall, WorkerRole } from "./worker-link.ts";

const { path, role, refreshMs } = workerData as WorkerRole;
const side = role === "write" ? new SqliteWriter(path, refreshMs) : new SqliteReader(path);
const methods = side as unknown as Record<string, (...args: unknown[]) => unknown>;

parentPort!.on("message", ({ number, method, args }: WorkerCall) => {
  try {
    parentPort!.postMessage({ number, result: methods[method]!(...args) });
  } catch (fault) {
    parentPort!.postMessage({ number, fault: (fault as Error).message });
  }
});
parentPort!.postMessage({ ready: true });
