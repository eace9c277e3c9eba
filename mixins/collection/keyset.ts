import { createHash } from "node:crypto";
import { InvalidInput } from "../failure.ts";
import type { RowQuery } from "./document-adapter.ts";
import type { Row } from "./row.ts";
import { checkScalar, kindOf, type Scalar, type Shape } from "./shape.ts";

/** One step of a sort order, in the names that rows have. */
export interface Step {
  field: string;
  descending: boolean;
}

/** Fields that no row lacks: they need no look for null. */
const ALWAYS_SET: ReadonlySet<string> = new Set(["_id", "rev", "createdAt", "changedAt"]);

/** The full order of a sort: it always ends in the id, in the direction of the field before it. */
export function orderOf(shape: Shape, sort: readonly string[] = []): Step[] {
  const steps: Step[] = [];
  for (const name of sort) {
    const descending = name.startsWith("-");
    const field = descending ? name.slice(1) : name;
    kindOf(shape, field);
    if (steps.some((step) => step.field === field)) throw new TypeError(`The sort names ${field} twice`);
    steps.push({ field: field === "id" ? "_id" : field, descending });
    if (field === "id") return steps;
  }
  return [...steps, { field: "_id", descending: steps.at(-1)?.descending ?? false }];
}

export const sortNames = (order: readonly Step[]): string[] =>
  order.map(({ field, descending }) => (descending ? `-${field}` : field));

/**
 * Queries for what follows a position, to be run one after another: rows that share all but the last step, then those
 * that share one less, and so on. Each is a plain conjunction, so each is a range of an index. Null sorts below all.
 */
export function following(order: readonly Step[], position: readonly Scalar[]): RowQuery[] {
  return order
    .flatMap((step, index) => {
      const shared = order.slice(0, index).map(({ field }, at) => [field, { $eq: position[at] ?? null }]);
      return beyond(step, position[index] ?? null).map((range) => ({ ...Object.fromEntries(shared), ...range }));
    })
    .toReversed();
}

/** Ranges beyond one value, later ones first, because `following` turns the whole list round. */
function beyond({ field, descending }: Step, value: Scalar): RowQuery[] {
  if (value === null) return descending ? [] : [{ [field]: { $ne: null } }];
  if (!descending) return [{ [field]: { $gt: value } }];
  const below = { [field]: { $lt: value } };
  return ALWAYS_SET.has(field) ? [below] : [{ [field]: { $eq: null } }, below];
}

/** Names a query, so that a cursor cannot be carried over to another one. */
export const signatureOf = (shape: Shape, filter: object, order: readonly Step[]): string =>
  createHash("sha256")
    .update(JSON.stringify([shape.noun, Object.entries(filter).toSorted(byName), order]))
    .digest("base64url")
    .slice(0, 8);

const byName = ([left]: [string, unknown], [right]: [string, unknown]) => (left < right ? -1 : 1);

export function writeCursor(signature: string, order: readonly Step[], last: Row): string {
  const position = order.map(({ field }) => last[field] ?? null);
  return Buffer.from(JSON.stringify([signature, ...position])).toString("base64url");
}

/** The position that a cursor names. Cursors travel through clients, so a bad one is their fault: `INVALID_INPUT`. */
export function readCursor(shape: Shape, signature: string, order: readonly Step[], cursor: string): Scalar[] {
  try {
    const [signed, ...position] = JSON.parse(Buffer.from(cursor, "base64url").toString()) as unknown[];
    if (signed !== signature || position.length !== order.length) throw new TypeError("of another query");
    return position.map((value, index) => {
      const field = order[index]!.field === "_id" ? "id" : order[index]!.field;
      checkScalar(kindOf(shape, field), field, value);
      return value;
    });
  } catch {
    throw InvalidInput({ errors: [{ path: "cursor", message: "This cursor belongs to another query" }] });
  }
}
