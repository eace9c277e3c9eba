import { createHash } from "node:crypto";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { tokens } from "../domain/analysis.ts";
import { KEYWORD_FIELDS, NUMBER_FIELDS, type BulkOutcome, type CarDocument, type Operation } from "../search-engine.ts";
import { isBroken, openIndexFile } from "./sqlite-file.ts";
import { SqliteNotes } from "./sqlite-notes.ts";

const FIELDS = [...KEYWORD_FIELDS, ...NUMBER_FIELDS];
const COLUMNS = ["rev", "seq", ...FIELDS, "textHash", "shown"];
const PLACES = COLUMNS.map(() => "?").join();
const STATEMENTS = {
  known: "SELECT row, rev, seq, textHash FROM cars WHERE id = ?",
  insert: `INSERT INTO cars (${COLUMNS.join()}, id) VALUES (${PLACES}, ?) RETURNING row`,
  update: `UPDATE cars SET (${COLUMNS.join()}) = (${PLACES}) WHERE id = ? RETURNING row`,
  bury: `INSERT INTO cars (id, rev, seq) VALUES (?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET rev = excluded.rev, seq = excluded.seq, textHash = NULL, shown = NULL`,
  addWords: "INSERT INTO words (rowid, title, description) VALUES (?, ?, ?)",
  dropWords: "DELETE FROM words WHERE rowid = ?",
  dropWordsBefore: "DELETE FROM words WHERE rowid IN (SELECT row FROM cars WHERE seq <= ? AND textHash IS NOT NULL)",
  dropCarsBefore: "DELETE FROM cars WHERE seq <= ?",
};

interface StoredRow {
  row: number;
  rev: number;
  seq: number;
  textHash: string | null;
  /** Written before the draft began: its words are written anew as well. */
  isAbsent?: boolean;
}
/** An index is filled anew in its own file: what was written before `from` answers until then and counts as absent. */
interface SqliteDraft {
  from: number;
  note: string;
}

/**
 * The writing side of the embedded engine; synchronous, so it lives in a worker. With `refreshMs` writes stay in an
 * open transaction until `refresh` or that many milliseconds later, as on a server that refreshes now and then.
 */
export class SqliteWriter {
  readonly #db: DatabaseSync;
  readonly #refreshMs: number;
  readonly #sql: Record<keyof typeof STATEMENTS, StatementSync>;
  readonly #notes: SqliteNotes;
  #pending: NodeJS.Timeout | undefined;

  constructor(path: string, refreshMs = 0) {
    this.#db = openIndexFile(path);
    this.#refreshMs = refreshMs;
    const statements = Object.entries(STATEMENTS).map(([name, sql]) => [name, this.#db.prepare(sql)]);
    this.#sql = Object.fromEntries(statements) as Record<keyof typeof STATEMENTS, StatementSync>;
    this.#notes = new SqliteNotes(this.#db);
  }

  bulk(operations: readonly Operation[]): BulkOutcome {
    return this.#write(() => this.#applyAll(operations, 0));
  }

  /** Undefined when there is no draft (any more). */
  bulkIntoDraft(operations: readonly Operation[]): BulkOutcome | undefined {
    return this.#write(() => {
      const draft = this.#draft();
      return draft && this.#applyAll(operations, draft.from);
    });
  }

  refresh(): void {
    clearTimeout(this.#pending);
    if (this.#db.isTransaction) this.#db.exec("COMMIT");
  }

  note(): string | null {
    return this.#notes.get("note");
  }

  /** False when the note is another one than that which it should take the place of. */
  keepNote(text: string, instead: string | null): boolean {
    return this.#write(() => {
      const isCurrent = this.#notes.get("note") === instead;
      if (isCurrent) this.#notes.put("note", text);
      return isCurrent;
    });
  }

  draftNote(): string | null {
    return this.#draft()?.note ?? null;
  }

  beginDraft(note: string): void {
    this.#write(() => {
      if (!this.#draft()) this.#keepDraft({ from: this.#notes.next("seq"), note });
    });
  }

  keepDraftNote(note: string, instead: string | null): boolean {
    return this.#write(() => {
      const draft = this.#draft();
      const isCurrent = draft?.note === instead;
      if (draft && isCurrent) this.#keepDraft({ ...draft, note });
      return isCurrent;
    });
  }

  /** What the draft was not told of goes, removed cars included; readers then read the rest anew. */
  promoteDraft(): void {
    this.#write(() => {
      const draft = this.#draft();
      if (!draft) return;
      this.#sql.dropWordsBefore.run(draft.from);
      this.#sql.dropCarsBefore.run(draft.from);
      this.#notes.put("note", draft.note);
      this.#notes.drop("draft");
      this.#notes.next("generation");
    });
    this.refresh();
  }

  close(): void {
    this.refresh();
    this.#db.close();
  }

  #draft(): SqliteDraft | undefined {
    const text = this.#notes.get("draft");
    return text === null ? undefined : (JSON.parse(text) as SqliteDraft);
  }

  #keepDraft(draft: SqliteDraft): void {
    this.#notes.put("draft", JSON.stringify(draft));
  }

  #write<T>(work: () => T): T {
    const delayed = this.#refreshMs > 0;
    if (!this.#db.isTransaction) {
      this.#db.exec("BEGIN IMMEDIATE");
      if (delayed) this.#pending = setTimeout(() => this.refresh(), this.#refreshMs);
    }
    try {
      const result = work();
      if (!delayed) this.#db.exec("COMMIT");
      return result;
    } catch (fault) {
      clearTimeout(this.#pending);
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw fault;
    }
  }

  /** Rows up to `absentUntil` count as absent. */
  #applyAll(operations: readonly Operation[], absentUntil: number): BulkOutcome {
    const outcome: BulkOutcome = { applied: 0, stale: 0, failed: [] };
    const seq = this.#notes.next("seq");
    for (const operation of operations) this.#apply(operation, seq, absentUntil, outcome);
    return outcome;
  }

  #apply(operation: Operation, seq: number, absentUntil: number, outcome: BulkOutcome): void {
    const { id, rev } = operation;
    const known = this.#sql.known.get(id) as unknown as StoredRow | undefined;
    if (known) known.isAbsent = known.seq <= absentUntil;
    if (known && !known.isAbsent && known.rev > rev) {
      outcome.stale++;
      return;
    }
    this.#db.exec("SAVEPOINT one");
    try {
      if (operation.type === "upsert") this.#put(operation.document, rev, seq, known);
      else if (!known?.isAbsent) this.#bury(id, rev, seq, known);
      outcome.applied++;
    } catch (fault) {
      if (isBroken(fault)) throw fault;
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
    if (known?.textHash === textHash && !known.isAbsent) return;
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
