import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";

/** Another process may hold the write lock this long before a write fails. */
const BUSY_TIMEOUT_MS = 5000;
const CACHED_STATEMENTS = 300;
const JOURNAL_LIMIT_BYTES = 64 * 1024 * 1024;
const WAL_ATTEMPTS = 50;

/**
 * One SQLite file and its one connection in this process, shared by the collections of a service. Calls are
 * synchronous, so a unit of work in one process is never interleaved with another; `write` guards against other
 * processes.
 */
export class SqliteFile {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /** `path` is a file, whose folder is made when it is missing, or `:memory:`. */
  constructor(path: string) {
    if (path !== ":memory:") mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    this.#db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: false });
    useWriteAheadLog(this.#db);
    this.#db.exec(`PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = ${JOURNAL_LIMIT_BYTES}`);
  }

  /** From now on every write is on the disk before it is acknowledged. */
  writeThrough(): void {
    this.#db.exec("PRAGMA synchronous = FULL");
  }

  /** A prepared statement, kept for the next time. */
  statement(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    if (this.#statements.size >= CACHED_STATEMENTS) {
      const [oldest] = this.#statements.keys();
      this.#statements.delete(oldest!);
    }
    const statement = this.#db.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  /** Runs several statements as one atomic write; what the work reads stays true until it ends. */
  write<R>(work: () => R): R {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.#db.exec("COMMIT");
      return result;
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw error;
    }
  }

  /** Runs statements that are not worth keeping. */
  execute(sql: string): void {
    this.#db.exec(sql);
  }

  close(): void {
    if (!this.#db.isOpen) return;
    this.#statements.clear();
    this.#db.close();
  }
}

/** SQLite does not wait for other processes while it changes the journal mode, so this asks again. */
function useWriteAheadLog(db: DatabaseSync): void {
  for (let attempt = 1; ; attempt++) {
    try {
      db.exec("PRAGMA journal_mode = WAL");
      return;
    } catch (error) {
      if (attempt === WAL_ATTEMPTS) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}
