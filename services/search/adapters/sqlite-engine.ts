import { mkdir } from "node:fs/promises";
import path from "node:path";
import { checkNearest, checkQuery, checkStatistics } from "../domain/query-rules.ts";
import type { SearchEngine } from "../search-engine.ts";
import { WorkerLink } from "./worker-link.ts";

const READERS = 2;
const READ_TIMEOUT_MS = 5000;
const WRITE_TIMEOUT_MS = 30_000;

/**
 * The embedded engine: one file, one worker that writes and two that read, so that no search blocks the event loop.
 * With `refreshMs` above 0 writes become visible only at a refresh or that much later, as on a search server.
 */
export async function openSqliteEngine({
  directory,
  refreshMs = 0,
}: {
  directory: string;
  refreshMs?: number;
}): Promise<SearchEngine> {
  await mkdir(directory, { recursive: true });
  const file = path.join(directory, "search.sqlite");
  const writer = new WorkerLink({ path: file, role: "write", refreshMs }, WRITE_TIMEOUT_MS);
  await writer.open();
  const readers = Array.from(
    { length: READERS },
    () => new WorkerLink({ path: file, role: "read", refreshMs }, READ_TIMEOUT_MS),
  );
  await Promise.all(readers.map((reader) => reader.open()));
  const idlest = () => readers.reduce((best, reader) => (reader.busy < best.busy ? reader : best));
  return {
    kind: "sqlite-fts5",
    bulk: (operations) => writer.call("bulk", operations),
    refresh: () => writer.call("refresh"),
    bookmark: () => writer.call("bookmark"),
    keepBookmark: (text) => writer.call("keepBookmark", text),
    health: () => idlest().call("health"),
    search: async (query) => {
      checkQuery(query);
      return idlest().call("search", query);
    },
    statistics: async (query) => {
      checkStatistics(query);
      return idlest().call("statistics", query);
    },
    nearest: async (query) => {
      checkNearest(query);
      return idlest().call("nearest", query);
    },
    close: async () => void (await Promise.all([...readers, writer].map((link) => link.close()))),
  };
}
