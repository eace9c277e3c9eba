import { createHash } from "node:crypto";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { tokens } from "../domain/analysis.ts";
import { KEYWORD_FIELDS, NUMBER_FIELDS, type BulkOutcome, type CarDocument, type Operation } from "../search-engine.ts";
import { openIndexFile } from "./sqlite-file.ts";

const FIELDS = [...KEYWORD_FIELDS, ...NUMBER_FIELDS];
const COLUMNS = ["rev", "seq", ...FIELDS, "textHash", "shown"];
const PLACES = COLUMNS.map(() => "?").join();
const STATEMENTS = {
  lastSeq: "SELECT max(seq) AS seq FROM cars",
  known: "SELECT row, rev, textHash FROM cars WHERE id = ?",
  insert: `INSERT INTO cars (${COLUMNS.join()}, id) VALUES (${PLACES}, ?) RETURNING row`,
  update: `UPDATE cars SET (${COLUMNS.join()}) = (${PLACES}) WHERE id = ? RETURNING row`,
  bury: `INSERT INTO cars (id, rev, seq) VALUES (?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET rev = excluded.rev, seq = excluded.seq, textHash = NULL, shown = NULL`,
  addWords: "INSERT INTO words (rowid, title, description) VALUES (?, ?, ?)",
  dropWords: "DELETE FROM words WHERE rowid = ?",
  bookmark: "SELECT text FROM notes WHERE name = 'bookmark'",
  keepBookmark: "INSERT OR REPLACE INTO notes VALUES ('bookmark', ?)",
};

interface StoredRow {
  row: number;
  rev: number;
  textHash: string | null;
}

/**
 * The writing side of the embedded engine; synchronous, so it lives in a worker. With `refreshMs` writes stay in an
 * open transaction until `refresh` or that many milliseconds later, as on a server that refreshes now and then.
 */
export class SqliteWriter {
  readonly #db: DatabaseSync;
  readonly #refreshMs: number;
  readonly #sql: Record<keyof typeof STATEMENTS, StatementSync>;
  #pending: NodeJS.Timeout | undefined;

  constructor(path: string, refreshMs = 0) {
    this.#db = openIndexFile(path);
    this.#refreshMs = refreshMs;
    const statements = Object.entries(STATEMENTS).map(([name, sql]) => [name, this.#db.prepare(sql)]);
    this.#sql = Object.fromEntries(statements) as Record<keyof typeof STATEMENTS, StatementSync>;
  }

  bulk(operations: readonly Operation[]): BulkOutcome {
    const outcome: BulkOutcome = { applied: 0, stale: 0, failed: [] };
    this.#write(() => {
      const seq = 1 + Number(this.#sql.lastSeq.get()!.seq ?? 0);
      for (const operation of operations) this.#apply(operation, seq, outcome);
    });
    return outcome;
  }

  refresh(): void {
    clearTimeout(this.#pending);
    if (this.#db.isTransaction) this.#db.exec("COMMIT");
  }

  bookmark(): string | null {
    return (this.#sql.bookmark.get()?.text as string) ?? null;
  }

  keepBookmark(text: string): void {
    this.#write(() => this.#sql.keepBookmark.run(text));
  }

  close(): void {
    this.refresh();
    this.#db.close();
  }

  #write(work: () => void): void {
    const delayed = this.#refreshMs > 0;
    if (!this.#db.isTransaction) {
      this.#db.exec("BEGIN IMMEDIATE");
      if (delayed) this.#pending = setTimeout(() => this.refresh(), this.#refreshMs);
    }
    try {
      work();
      if (!delayed) this.#db.exec("COMMIT");
    } catch (fault) {
      clearTimeout(this.#pending);
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw fault;
    }
  }

  #apply(operation: Operation, seq: number, outcome: BulkOutcome): void {
    const { id, rev } = operation;
    const known = this.#sql.known.get(id) as unknown as StoredRow | undefined;
    if (known && known.rev > rev) {
      outcome.stale++;
      return;
    }
    this.#db.exec("SAVEPOINT one");
    try {
      if (operation.type === "delete") this.#bury(id, rev, seq, known);
      else this.#put(operation.document, rev, seq, known);
      outcome.applied++;
    } catch (fault) {
      this.#db.exec("ROLLBACK TO one");
      outcome.failed.push({ id, reason: (fault as Error).message });
    }
    this.#db.exec("RELEASE one");
  }

  #put(document: CarDocument, rev: number, seq: number, known: StoredRow | undefined): void {
    const text = [document.title, document.description].map((part) =>
      tokens(part)
        .map(({ text }) => text)
        .join(" "),
    );
    const textHash = createHash("sha1").update(text.join("\n")).digest("base64");
    const values = [rev, seq, ...valuesOf(document), textHash, JSON.stringify(document.shown)];
    const { row } = this.#sql[known ? "update" : "insert"].get(...values, document.id) as { row: number };
    if (known?.textHash === textHash) return;
    if (known?.textHash) this.#sql.dropWords.run(row);
    this.#sql.addWords.run(row, ...text);
  }

  #bury(id: string, rev: number, seq: number, known: StoredRow | undefined): void {
    this.#sql.bury.run(id, rev, seq);
    if (known?.textHash) this.#sql.dropWords.run(known.row);
  }
}

/** The column values of a document; throws for one that no engine may take. */
function valuesOf(document: CarDocument): (string | number | null)[] {
  const strange = Object.keys(document).find((field) => !KNOWN_FIELDS.has(field));
  if (strange) throw new Error(`Unknown field ${strange}`);
  const broken = NUMBER_FIELDS.find((field) => !Number.isFinite(document[field]));
  if (broken) throw new Error(`${broken} is no number`);
  return FIELDS.map((field) => document[field]);
}
const KNOWN_FIELDS = new Set<string>([...FIELDS, "id", "title", "description", "shown"]);
