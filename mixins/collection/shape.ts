import type { CollectionDefinition } from "./collection.ts";
import type { RowQuery } from "./document-adapter.ts";
import { plain, setOwn } from "./plain.ts";
import { ownEntries } from "./row.ts";

export type Kind = "text" | "integer" | "real" | "boolean";
export type Scalar = string | number | boolean | null;

/** A checked definition: what can be asked of a collection, and how its values look. */
export interface Shape {
  service: string;
  noun: string;
  /** Every field with a column, ours included. */
  kinds: ReadonlyMap<string, Kind>;
  /** The owner's declared fields alone. */
  fields: ReadonlyMap<string, Kind>;
  unique: readonly (readonly string[])[];
  indexes: readonly (readonly string[])[];
}

const OURS: readonly [string, Kind][] = [
  ["id", "text"],
  ["rev", "integer"],
  ["createdAt", "text"],
  ["changedAt", "text"],
];
const NAME = /^[A-Za-z][A-Za-z0-9_]*$/;
/** MongoDB refuses patterns of more than 32 KiB. */
const LONGEST_PIECE = 1000;
const COMPARISONS: Readonly<Record<string, string>> = { ne: "$ne", gt: "$gt", gte: "$gte", lt: "$lt", lte: "$lte" };

/** Checks a definition; throws when a name is unusable or a key names a field that is not declared. */
export function shapeOf<T>(definition: CollectionDefinition<T>): Shape {
  const { service, noun, unique = [], indexes = [] } = definition;
  const fields = new Map(Object.entries(definition.fields) as [string, Kind][]);
  const kinds = new Map<string, Kind>([...OURS, ...fields]);
  for (const name of [service.replaceAll("-", "_"), noun.replaceAll("-", "_"), ...fields.keys()]) {
    if (!NAME.test(name)) throw new TypeError(`"${name}" cannot name a service, a noun or a declared field`);
  }
  for (const [field] of OURS) {
    if (fields.has(field)) throw new TypeError(`${noun}.${field} belongs to the store and cannot be declared`);
  }
  for (const key of [...unique, ...indexes] as readonly (readonly string[])[]) {
    for (const field of key) kindOf({ noun, kinds }, field);
  }
  return { service, noun, kinds, fields, unique, indexes };
}

/** The kind of a declared field; throws for any other, because a typing slip must never widen a filter. */
export function kindOf({ noun, kinds }: Pick<Shape, "noun" | "kinds">, field: string): Kind {
  const kind = kinds.get(field);
  if (kind === undefined) throw new TypeError(`${noun} has no declared field "${field}"`);
  return kind;
}

/** Throws unless a value can stand in (or be compared with) a field of this kind. */
export function checkScalar(kind: Kind, field: string, value: unknown): asserts value is Scalar {
  const fits =
    value === null ||
    (kind === "text" && typeof value === "string") ||
    (kind === "boolean" && typeof value === "boolean") ||
    (kind === "integer" && Number.isSafeInteger(value)) ||
    (kind === "real" && Number.isFinite(value));
  if (!fits) throw new TypeError(`${field} is declared ${kind} and cannot be ${describe(value)}`);
}

const describe = (value: unknown) => (typeof value === "object" ? "an object" : `${typeof value} ${String(value)}`);

/** Checks an owner's document or patch. An undefined member means "without this field" and lands in `absent`. */
export function checkedFields(shape: Shape, document: object): { present: Record<string, unknown>; absent: string[] } {
  const present: Record<string, unknown> = {};
  const absent: string[] = [];
  for (const [field, value] of ownEntries(document)) {
    checkName(field);
    if (value === undefined) {
      absent.push(field);
      continue;
    }
    const kept = plain(value);
    const kind = shape.fields.get(field);
    if (kind !== undefined) checkScalar(kind, field, kept);
    setOwn(present, field, kept);
  }
  return { present, absent };
}

/** Checks what a counter adds: numbers, to fields of the owner that can hold them. */
export function checkedIncrements(shape: Shape, fields: Readonly<Record<string, number>>): Record<string, number> {
  const entries = Object.entries(fields);
  if (entries.length === 0) throw new TypeError("An increment names at least one field");
  for (const [field, by] of entries) {
    checkName(field);
    const kind = ownEntries(fields).some(([own]) => own === field) ? (shape.fields.get(field) ?? "real") : undefined;
    if (kind === undefined || by === null) throw new TypeError(`${field} cannot be incremented`);
    checkScalar(kind, field, by);
  }
  return Object.fromEntries(entries);
}

/** Names that one of the stores could not keep apart from its own are refused by all. */
function checkName(field: string): void {
  if (field === "" || /^[_$]|[.\0]/.test(field)) throw new TypeError(`"${field}" cannot name a field`);
}

/** A filter as adapters read it; throws for unknown fields, unknown operators and values of another kind. */
export function toRowQuery(shape: Shape, filter: object): RowQuery {
  const query: RowQuery = {};
  for (const [field, condition] of Object.entries(filter) as [string, unknown][]) {
    const kind = kindOf(shape, field);
    query[field === "id" ? "_id" : field] = toOperators(kind, field, condition);
  }
  return query;
}

function toOperators(kind: Kind, field: string, condition: unknown): RowQuery[string] {
  if (condition === null || typeof condition !== "object") {
    checkScalar(kind, field, condition);
    return { $eq: wellFormed(condition) };
  }
  const operators: Record<string, unknown> = {};
  for (const [name, operand] of Object.entries(condition)) {
    if (name === "in" && Array.isArray(operand)) {
      for (const value of operand) checkScalar(kind, field, value);
      operators["$in"] = operand.map(wellFormed);
      continue;
    }
    if (name === "contains") {
      operators["$contains"] = checkedPiece(kind, field, operand);
      continue;
    }
    const operator = Object.hasOwn(COMPARISONS, name) ? COMPARISONS[name] : undefined;
    if (operator === undefined) throw new TypeError(`"${name}" cannot compare ${field}`);
    if (operand === null && name !== "ne") throw new TypeError(`${field} cannot be ordered against null`);
    checkScalar(kind, field, operand);
    operators[operator] = wellFormed(operand);
  }
  if (Object.keys(operators).length === 0) throw new TypeError(`The condition on ${field} is empty`);
  return operators;
}

/** What a text is searched for, which only texts can be. */
function checkedPiece(kind: Kind, field: string, operand: unknown): string {
  if (kind !== "text" || typeof operand !== "string" || operand.length > LONGEST_PIECE) {
    throw new TypeError(`${field} is declared ${kind} and cannot contain ${describe(operand).slice(0, 100)}`);
  }
  return operand.toWellFormed();
}

const wellFormed = (value: Scalar): Scalar => (typeof value === "string" ? value.toWellFormed() : value);
