import { mkdir, readdir } from "node:fs/promises";
import path from "node:path";
import { checkNearest, checkQuery, checkStatistics } from "../domain/query-rules.ts";
import { SearchError, type BulkOutcome, type Draft, type SearchEngine } from "../search-engine.ts";
import { indexFileName, removeIndexFile, SCHEMA_VERSION, versionOfFile } from "./sqlite-file.ts";
import { WorkerLink } from "./worker-link.ts";

const READERS = 2;
const READ_TIMEOUT_MS = 5000;
const WRITE_TIMEOUT_MS = 30_000;

/**
 * The embedded engine: one file, which the processes of one machine may share, one worker that writes and two that read,
 * so that no search blocks the event loop. With `refreshMs` above 0 writes become visible only at a refresh or that much
 * later, as on a search server; then the file is one process's own.
 */
export async function openSqliteEngine({
  directory,
  refreshMs = 0,
}: {
  directory: string;
  refreshMs?: number;
}): Promise<SearchEngine> {
  await mkdir(directory, { recursive: true });
  const file = path.join(directory, indexFileName(SCHEMA_VERSION));
  const writer = new WorkerLink({ path: file, role: "write", refreshMs }, WRITE_TIMEOUT_MS);
  await writer.open();
  const readers = Array.from(
    { length: READERS },
    () => new WorkerLink({ path: file, role: "read", refreshMs }, READ_TIMEOUT_MS),
  );
  await Promise.all(readers.map((reader) => reader.open()));
  const idlest = () => readers.reduce((best, reader) => (reader.busy < best.busy ? reader : best));
  const draft = draftOf(writer);
  return {
    kind: "sqlite-fts5",
    place: `the index ${file}`,
    version: SCHEMA_VERSION,
    bulk: (operations) => writer.call("bulk", operations),
    refresh: () => writer.call("refresh"),
    note: () => writer.call("note"),
    keepNote: async (text, instead) => mustHold(await writer.call<boolean>("keepNote", text, instead)),
    versions: (query) => idlest().call("versions", query),
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
    isOwn: async () => true,
    draft: async () => ((await draft.note()) === null ? null : draft),
    async beginDraft(note) {
      await writer.call("beginDraft", note);
      return draft;
    },
    tidy: (isAbandoned) => removeAbandoned(directory, isAbandoned),
    close: async () => void (await Promise.all([...readers, writer].map((link) => link.close()))),
  };
}

/** It is filled in the file that answers: what it takes over is seen at once, what it does not is gone at the end. */
const draftOf = (writer: WorkerLink): Draft => ({
  async bulk(operations) {
    const outcome = await writer.call<BulkOutcome | undefined>("bulkIntoDraft", operations);
    mustHold(outcome !== undefined);
    return outcome!;
  },
  note: () => writer.call("draftNote"),
  keepNote: async (text, instead) => mustHold(await writer.call<boolean>("keepDraftNote", text, instead)),
  promote: () => writer.call("promoteDraft"),
});

function mustHold(isCurrent: boolean): void {
  if (!isCurrent) throw new SearchError("CONFLICT", "Somebody else follows the owner too, or the index was made anew");
}

async function removeAbandoned(directory: string, isAbandoned: (version: number) => Promise<boolean>): Promise<void> {
  for (const name of await readdir(directory)) {
    const version = versionOfFile(name);
    if (version === undefined || version === SCHEMA_VERSION || !(await isAbandoned(version))) continue;
    removeIndexFile(path.join(directory, name));
    removeIndexFile(path.join(directory, `${name}.lock`));
  }
}
