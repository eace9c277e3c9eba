import { parentPort, workerData } from "node:worker_threads";
import { inodeOf, isBroken, removeIfStill } from "./sqlite-file.ts";
import { SqliteReader } from "./sqlite-reader.ts";
import { SqliteWriter } from "./sqlite-writer.ts";
import type { WorkerCall, WorkerRole } from "./worker-link.ts";

const { path, role, refreshMs } = workerData as WorkerRole;
let { side, inode } = opened();

parentPort!.on("message", ({ number, method, args }: WorkerCall) => {
  try {
    if (inodeOf(path) !== inode) reopen();
    const methods = side as unknown as Record<string, (...args: unknown[]) => unknown>;
    parentPort!.postMessage({ number, result: methods[method]!(...args) });
  } catch (fault) {
    if (isBroken(fault)) removeIfStill(path, inode);
    parentPort!.postMessage({ number, fault: (fault as Error).message });
  }
});
parentPort!.postMessage({ ready: true });

/** The file was lost, or replaced by another process that found it broken. */
function reopen(): void {
  const former = side;
  ({ side, inode } = opened());
  former.close();
}

/** A file whose tables turn out to be broken while they are looked at is replaced like one that cannot be opened. */
function opened(): { side: SqliteReader | SqliteWriter; inode: number | undefined } {
  const open = () => (role === "write" ? new SqliteWriter(path, refreshMs) : new SqliteReader(path));
  const found = inodeOf(path);
  try {
    return { side: open(), inode: inodeOf(path) };
  } catch (fault) {
    if (!isBroken(fault)) throw fault;
    removeIfStill(path, found);
    return { side: open(), inode: inodeOf(path) };
  }
}
