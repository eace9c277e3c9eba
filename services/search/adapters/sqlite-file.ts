import { rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { KEYWORD_FIELDS, NUMBER_FIELDS } from "../search-engine.ts";

/** Raise it whenever the tables, the analysis, the glossary or canonical names change: the file is then filled anew from the owner. */
const SCHEMA_VERSION = 2;

/**
 * `cars` keeps removed cars as rows without a document, so that an older write does not bring them back. `seq` grows
 * with every write; readers follow it. `words` is fed with our own tokens and gives back row numbers only.
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

/** Opens the index for writing. One of another version, or that cannot be read, is replaced by an empty one. */
export function openIndexFile(path: string): DatabaseSync {
  try {
    return prepared(path);
  } catch {
    for (const suffix of ["", "-wal", "-shm"]) rmSync(path + suffix, { force: true });
    return prepared(path);
  }
}

function prepared(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: 5000 });
  try {
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -32000;");
    const version = db.prepare("PRAGMA user_version").get()!.user_version;
    if (version === 0) db.exec(`BEGIN IMMEDIATE; ${SCHEMA} COMMIT;`);
    else if (version !== SCHEMA_VERSION) throw new Error(`An index of version ${String(version)}`);
    return db;
  } catch (fault) {
    db.close();
    throw fault;
  }
}
