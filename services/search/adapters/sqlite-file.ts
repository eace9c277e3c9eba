import { rmSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { KEYWORD_FIELDS, NUMBER_FIELDS } from "../search-engine.ts";

/** Raise it whenever the tables, the analysis, the glossary or canonical names change: another file is then filled from the owner. */
export const SCHEMA_VERSION = 3;
const BUSY_TIMEOUT_MS = 15_000;
/** SQLITE_CORRUPT and SQLITE_NOTADB. Anything else (busy, full, forbidden) passes, and no index is thrown away for it. */
const BROKEN = [11, 26];

export const indexFileName = (version: number): string => `search-index-v${version}.sqlite`;
/** The version that a file of that name holds; undefined for any other file. */
export function versionOfFile(name: string): number | undefined {
  // Before versions stood in the name.
  if (name === "search.sqlite") return 2;
  const found = /^search-index-v(\d+)\.sqlite$/.exec(name);
  return found ? Number(found[1]) : undefined;
}

/**
 * `cars` keeps removed cars as rows without a document, so that an older write does not bring them back. `seq` grows
 * with every write, over all processes; readers follow it, and read everything anew when the note `generation` changes.
 * `words` is fed with our own tokens and gives back row numbers only.
 */
const SCHEMA = `
CREATE TABLE cars (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, rev INTEGER NOT NULL, seq INTEGER NOT NULL,
  ${KEYWORD_FIELDS.map((field) => `${field} TEXT`).join(", ")},
  ${NUMBER_FIELDS.map((field) => `${field} REAL`).join(", ")},
  textHash TEXT, shown TEXT) STRICT;
CREATE INDEX cars_by_seq ON cars (seq);
CREATE TABLE notes (name TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5 (title, description, content='', contentless_delete=1, detail=column,
  tokenize="ascii tokenchars '._,:;'''");
PRAGMA user_version = ${SCHEMA_VERSION};
`;

/** Opens the index, an empty one when it is missing; a broken one is replaced. Processes come here one at a time. */
export function openIndexFile(path: string): DatabaseSync {
  return alone(path, () => {
    try {
      return prepared(path);
    } catch (fault) {
      if (!isBroken(fault)) throw fault;
      removeIndexFile(path);
      return prepared(path);
    }
  });
}

/** Removes an index that turned out to be broken, unless another process has replaced it already. */
export function removeIfStill(path: string, inode: number | undefined): void {
  alone(path, () => inodeOf(path) === inode && removeIndexFile(path));
}

export const inodeOf = (path: string): number | undefined => statSync(path, { throwIfNoEntry: false })?.ino;

/** A process that has it open goes on with what it has until it looks again. */
export function removeIndexFile(path: string): void {
  for (const suffix of ["", "-wal", "-shm"]) rmSync(path + suffix, { force: true });
}

export const isBroken = (fault: unknown): boolean =>
  BROKEN.includes(Number((fault as { errcode?: number }).errcode) & 255);

/** Keeps other processes from opening or replacing the index meanwhile; the lock of one that dies is free at once. */
function alone<T>(path: string, work: () => T): T {
  const lock = new DatabaseSync(`${path}.lock`, { timeout: BUSY_TIMEOUT_MS });
  try {
    lock.exec("BEGIN EXCLUSIVE");
    return work();
  } finally {
    lock.close();
  }
}

function prepared(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -32000;");
    const version = db.prepare("PRAGMA user_version").get()!.user_version;
    if (version === 0) db.exec(`BEGIN IMMEDIATE; ${SCHEMA} COMMIT;`);
    return db;
  } catch (fault) {
    db.close();
    throw fault;
  }
}
