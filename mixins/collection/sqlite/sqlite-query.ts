import type { Operators, RowQuery } from "../document-adapter.ts";
import { kindOf, type Shape } from "../shape.ts";
import { bindable, quoted, type Bindable } from "./sqlite-table.ts";

/** A piece of SQL and the values for its question marks. */
export interface Sql {
  text: string;
  values: Bindable[];
}

const COMPARISONS: Readonly<Record<string, string>> = { $gt: ">", $gte: ">=", $lt: "<", $lte: "<=" };

/** The condition of a query; throws for fields without a column and for operators that it does not know. */
export function conditionOf(shape: Shape, query: object): Sql {
  const parts = "$and" in query ? (query as { $and: RowQuery[] }).$and : [query as RowQuery];
  const conditions = parts.flatMap((part) =>
    Object.entries(part).flatMap(([field, condition]) => fieldConditions(shape, field, asOperators(condition))),
  );
  if (conditions.length === 0) return { text: "1", values: [] };
  return {
    text: conditions.map(({ text }) => text).join(" AND "),
    values: conditions.flatMap(({ values }) => values),
  };
}

/** moleculer-db also writes `{ field: value }`. */
const asOperators = (condition: unknown): Operators =>
  condition !== null && typeof condition === "object" ? (condition as Operators) : { $eq: condition as string };

function fieldConditions(shape: Shape, field: string, operators: Operators): Sql[] {
  if (field === "_once") return [notCounted(operators)];
  // Tombstones are marked by 1; the literal lets SQLite use the indexes that skip them.
  if (field === "_removed") return [{ text: operators.$eq === true ? `"_removed" = 1` : `"_removed" = 0`, values: [] }];
  if (field !== "_id") kindOf(shape, field);
  const column = quoted(field);
  return Object.entries(operators).map(([operator, operand]) => comparison(column, operator, operand));
}

/** A row where this id has not counted yet. */
const notCounted = ({ $ne: once }: Operators): Sql => ({
  text: `NOT EXISTS (SELECT 1 FROM json_each("_once") WHERE value = ?)`,
  values: [bindable(once)],
});

function comparison(column: string, operator: string, operand: unknown): Sql {
  if (operator === "$in" && Array.isArray(operand)) return membership(column, operand);
  if (operator === "$eq" && operand === null) return { text: `${column} IS NULL`, values: [] };
  if (operator === "$ne" && operand === null) return { text: `${column} NOT NULL`, values: [] };
  if (operator === "$eq") return { text: `${column} = ?`, values: [bindable(operand)] };
  if (operator === "$ne") return { text: `${column} IS NOT ?`, values: [bindable(operand)] };
  // Unlike LIKE, it takes every character for itself and minds capitals.
  if (operator === "$contains") return { text: `instr(${column}, ?) > 0`, values: [bindable(operand)] };
  const sign = Object.hasOwn(COMPARISONS, operator) ? COMPARISONS[operator] : undefined;
  if (sign === undefined) throw new TypeError(`The SQLite adapter does not know the operator ${operator}`);
  return { text: `${column} ${sign} ?`, values: [bindable(operand)] };
}

/** Lists are padded to powers of two by repetition, so that a few prepared statements serve all lengths. */
function membership(column: string, operands: readonly unknown[]): Sql {
  const values = operands.filter((operand) => operand !== null).map(bindable);
  const size = values.length === 0 ? 0 : 2 ** Math.ceil(Math.log2(values.length));
  const padded = [...values, ...Array<Bindable>(size - values.length).fill(values.at(-1) ?? null)];
  const text = `${column} IN (${padded.map(() => "?").join()})`;
  return { text: operands.includes(null) ? `(${text} OR ${column} IS NULL)` : text, values: padded };
}

/** ORDER BY for field names with `-` for descending; empty for none. SQLite and MongoDB both put null first. */
function orderBy(shape: Shape, sort: readonly string[] = []): string {
  if (sort.length === 0) return "";
  const terms = sort.map((name) => {
    const descending = name.startsWith("-");
    const field = descending ? name.slice(1) : name;
    if (field !== "_id") kindOf(shape, field);
    return `${quoted(field)}${descending ? " DESC" : ""}`;
  });
  return ` ORDER BY ${terms.join()}`;
}

/** What to select; `limit` and `offset` below 1 mean none. */
export interface Selection {
  query?: object;
  sort?: readonly string[];
  limit?: number;
  offset?: number;
}

/** A complete SELECT. */
export function select(shape: Shape, columns: string, { query = {}, sort, limit = 0, offset = 0 }: Selection): Sql {
  const { text, values } = conditionOf(shape, query);
  return {
    text: `SELECT ${columns} FROM ${quoted(shape.noun)} WHERE ${text}${orderBy(shape, sort)} LIMIT ? OFFSET ?`,
    values: [...values, limit > 0 ? limit : -1, Math.max(0, offset)],
  };
}
