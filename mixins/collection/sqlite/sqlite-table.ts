import type { Row } from "../row.ts";
import type { Kind, Shape } from "../shape.ts";
import type { SqliteFile } from "./sqlite-file.ts";

const COLUMN_TYPES: Readonly<Record<Kind, string>> = {
  text: "TEXT",
  integer: "INTEGER",
  real: "REAL",
  boolean: "INTEGER",
};
const OWN_COLUMNS = `"_id" TEXT NOT NULL PRIMARY KEY, "rev" INTEGER NOT NULL, "createdAt" TEXT NOT NULL,
  "changedAt" TEXT NOT NULL, "_removed" INTEGER NOT NULL, "_facts" TEXT, "_once" TEXT, "_body" TEXT NOT NULL`;

export type Bindable = string | number | null;

/** Quotes a name for SQL. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** What a column holds for a value: booleans are 0 and 1, absent is NULL. */
export const bindable = (value: unknown): Bindable =>
  typeof value === "boolean" ? Number(value) : ((value ?? null) as Bindable);

/**
 * Makes the table and indexes of a collection what its definition says: missing columns are added and filled from the
 * bodies, indexes that are no longer declared go. A tombstone's columns are NULL, which frees its unique keys.
 */
export function prepareTable(file: SqliteFile, shape: Shape): void {
  const table = quoted(shape.noun);
  file.write(() => {
    file.execute(`CREATE TABLE IF NOT EXISTS ${table} (${OWN_COLUMNS})`);
    const present = new Set(namesFrom(file, `SELECT name FROM pragma_table_info(${literal(shape.noun)})`));
    for (const [field, kind] of shape.fields) {
      if (present.has(field)) continue;
      file.execute(`ALTER TABLE ${table} ADD COLUMN ${quoted(field)} ${COLUMN_TYPES[kind]}`);
      file.execute(
        `UPDATE ${table} SET ${quoted(field)} = json_extract("_body", ${literal(`$."${field}"`)}) WHERE "_removed" = 0`,
      );
    }
    const wanted = indexesOf(shape);
    const onTable = `SELECT name FROM sqlite_master WHERE type = 'index' AND sql NOT NULL AND tbl_name = `;
    for (const name of namesFrom(file, onTable + literal(shape.noun))) {
      if (!wanted.has(name)) file.execute(`DROP INDEX ${quoted(name)}`);
    }
    for (const [name, definition] of wanted) file.execute(definition.replace("?", quoted(name)));
  });
}

/** Index name → its statement. Lookup indexes end in the id, like every sort, and skip tombstones. */
function indexesOf({ noun, unique, indexes }: Shape): Map<string, string> {
  const on = `ON ${quoted(noun)}`;
  const columns = (fields: readonly string[]) => fields.map((field) => quoted(field === "id" ? "_id" : field)).join();
  return new Map([
    [`${noun}:changes`, `CREATE INDEX IF NOT EXISTS ? ${on} ("changedAt", "_id", "_removed")`],
    [`${noun}:facts`, `CREATE INDEX IF NOT EXISTS ? ${on} ("changedAt", "_id") WHERE "_facts" NOT NULL`],
    ...unique.map((key): [string, string] => [
      `${noun}:unique:${key.join()}`,
      `CREATE UNIQUE INDEX IF NOT EXISTS ? ${on} (${columns(key)})`,
    ]),
    ...indexes.map((key): [string, string] => [
      `${noun}:index:${key.join()}`,
      `CREATE INDEX IF NOT EXISTS ? ${on} (${columns([...new Set([...key, "id"])])}) WHERE "_removed" = 0`,
    ]),
  ]);
}

const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;
const namesFrom = (file: SqliteFile, sql: string) =>
  file
    .statement(sql)
    .all()
    .map((row) => String(row["name"]));

/** Statements that carry rows into the table and out of it. */
export interface RowStatements {
  /** Column list for SELECT, to be read with `readRow`. */
  columns: string;
  insert: string;
  /** Replaces everything but the id, which is its last parameter. */
  update: string;
  values(row: Row): Bindable[];
}

export function rowStatements({ noun, fields }: Shape): RowStatements {
  const names = ["rev", "createdAt", "changedAt", "_removed", "_facts", "_once", "_body", ...fields.keys()];
  const list = names.map(quoted);
  return {
    columns: `"_id", "rev", "createdAt", "changedAt", "_removed", "_facts", "_once", "_body"`,
    insert: `INSERT INTO ${quoted(noun)} (${[...list, `"_id"`].join()}) VALUES (${[...list, ""].map(() => "?").join()})`,
    update: `UPDATE ${quoted(noun)} SET ${list.map((name) => `${name} = ?`).join()} WHERE "_id" = ?`,
    values: (row) => {
      const { _id, rev, createdAt, changedAt, _removed, _facts, _once, ...body } = row;
      const ours = [rev, createdAt, changedAt, _removed ? 1 : 0, jsonOrNull(_facts), jsonOrNull(_once)];
      const declared = [...fields.keys()].map((field) => bindable(body[field]));
      return [...ours, JSON.stringify(body), ...declared, _id];
    },
  };
}

const jsonOrNull = (list: readonly unknown[] | undefined) => (list?.length ? JSON.stringify(list) : null);

/** The row that a SELECT of `RowStatements.columns` found. */
export function readRow(found: Record<string, unknown>): Row {
  const row = JSON.parse(found["_body"] as string) as Row;
  row._id = found["_id"] as string;
  row.rev = found["rev"] as number;
  row.createdAt = found["createdAt"] as string;
  row.changedAt = found["changedAt"] as string;
  if (found["_removed"] === 1) row._removed = true;
  if (found["_facts"] !== null) row._facts = JSON.parse(found["_facts"] as string);
  if (found["_once"] !== null) row._once = JSON.parse(found["_once"] as string);
  return row;
}
