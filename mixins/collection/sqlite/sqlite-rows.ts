import type { StatementSync } from "node:sqlite";
import { DuplicateKey } from "../collection.ts";
import type { RowUpdate } from "../document-adapter.ts";
import type { Row } from "../row.ts";
import type { Shape } from "../shape.ts";
import { updated } from "./row-update.ts";
import type { SqliteFile } from "./sqlite-file.ts";
import { conditionOf, select, type Selection, type Sql } from "./sqlite-query.ts";
import { prepareTable, quoted, readRow, rowStatements, type Bindable, type RowStatements } from "./sqlite-table.ts";

const TAKEN_CODES: ReadonlySet<unknown> = new Set([1555, 2067]);

/** The rows of one table, read and written synchronously. Taken keys surface as `DuplicateKey`. */
export class SqliteRows {
  readonly #file: SqliteFile;
  readonly #shape: Shape;
  readonly #statements: RowStatements;
  readonly #table: string;

  constructor(file: SqliteFile, shape: Shape) {
    this.#file = file;
    this.#shape = shape;
    this.#statements = rowStatements(shape);
    this.#table = quoted(shape.noun);
  }

  prepare(): void {
    prepareTable(this.#file, this.#shape);
  }

  /** Several reads and writes as one atomic write. */
  atomically<R>(work: () => R): R {
    return this.#file.write(work);
  }

  get(id: string): Row | undefined {
    const sql = `SELECT ${this.#statements.columns} FROM ${this.#table} WHERE "_id" = ?`;
    const found = this.#file.statement(sql).get(id);
    return found && readRow(found);
  }

  find(selection: Selection): Row[] {
    return this.#all(select(this.#shape, this.#statements.columns, selection));
  }

  count(query: object): number {
    const { text, values } = select(this.#shape, "count(*) AS n", { query });
    return this.#statement(text).get(...values)!["n"] as number;
  }

  withFacts(limit: number): Row[] {
    const text = `SELECT ${this.#statements.columns} FROM ${this.#table}
      WHERE "_facts" NOT NULL ORDER BY "changedAt", "_id" LIMIT ?`;
    return this.#all({ text, values: [limit] });
  }

  insert(row: Row): Row {
    this.#run(this.#statements.insert, this.#statements.values(row));
    return row;
  }

  /** False when the id or a unique key was taken. */
  insertUnlessTaken(row: Row): boolean {
    return this.#run(`${this.#statements.insert} ON CONFLICT DO NOTHING`, this.#statements.values(row)) === 1;
  }

  /** Applies an update to the matches, at most `limit`; answers them as they are afterwards. */
  update(query: object, update: RowUpdate, limit?: number): Row[] {
    const rows = this.find({ query, ...(limit && { limit }) }).map((row) => updated(row, update));
    for (const row of rows) this.#run(this.#statements.update, this.#statements.values(row));
    return rows;
  }

  delete(query: object): number {
    const { text, values } = conditionOf(this.#shape, query);
    return this.#run(`DELETE FROM ${this.#table} WHERE ${text}`, values);
  }

  /** Deletes tombstones without facts that are older than an ISO time. */
  purge(before: string): number {
    const text = `DELETE FROM ${this.#table} WHERE "changedAt" < ? AND "_removed" = 1 AND "_facts" IS NULL`;
    return this.#run(text, [before]);
  }

  #statement(sql: string): StatementSync {
    return this.#file.statement(sql);
  }

  #all({ text, values }: Sql): Row[] {
    return this.#statement(text)
      .all(...values)
      .map(readRow);
  }

  #run(sql: string, values: Bindable[]): number {
    try {
      return Number(this.#statement(sql).run(...values).changes);
    } catch (error) {
      throw asDuplicate(error) ?? error;
    }
  }
}

/** SQLite names the columns of the key: `UNIQUE constraint failed: listing.buyerId, listing.state`. */
function asDuplicate(error: unknown): DuplicateKey | undefined {
  const { errcode, message } = error as { errcode?: number; message: string };
  if (!TAKEN_CODES.has(errcode)) return undefined;
  const columns = message.slice(message.indexOf(": ") + 2).split(", ");
  return new DuplicateKey(columns.map((column) => column.slice(column.indexOf(".") + 1).replace("_id", "id")));
}
