import { parentPort, workerData } from "node:worker_threads";
import { inodeOf, isBroken, removeIfStill } from "./sqlite-file.ts";
import { SqliteReader } from "./sqlite-reader.ts";
import { SqliteWriter } from "./sqlite-writer.ts";
import type { WorkerCall, WorkerRole } from "./worker-link.ts";

const { path, role, refreshMs } = workerData as WorkerRole;
const open = () => (role === "write" ? new SqliteWriter(path, refreshMs) : new SqliteReader(path));
let side = open();
let inode = inodeOf(path);

parentPort!.on("message", ({ number, method, args }: WorkerCall) => {
  try {
    if (inodeOf(path) !== inode) reopen();
    const methods = side as unknown as Record<string, (...args: unknown[]) => unknown>;
    parentPort!.postMessage({ number, result: methods[method]!(...args) });
  } catch (fault) {
    if (isBroken(fault) && inode !== undefined) removeIfStill(path, inode);
    parentPort!.postMessage({ number, fault: (fault as Error).message });
  }
});
parentPort!.postMessage({ ready: true });

/** The file was lost, or replaced by another process that found it broken. */
function reopen(): void {
  const former = side;
  side = open();
  inode = inodeOf(path);
  former.close();
}
