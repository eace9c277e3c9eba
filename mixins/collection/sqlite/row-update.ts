import type { RowUpdate } from "../document-adapter.ts";
import { setOwn } from "../plain.ts";
import type { Row } from "../row.ts";

/** The row after an update, as MongoDB would make it; the given row stays as it is. */
export function updated(row: Row, update: RowUpdate): Row {
  const next: Row = { ...row };
  for (const [field, value] of entries(update.$set)) setOwn(next, field, value);
  for (const [field] of entries(update.$unset)) delete next[field];
  for (const [field, by] of entries(update.$inc)) setOwn(next, field, numberIn(next, field) + by);
  for (const [field, value] of entries(update.$max)) {
    if (String(own(next, field) ?? "") < value) setOwn(next, field, value);
  }
  for (const [field, { $each, $slice }] of entries(update.$push)) {
    const grown = [...listIn(next, field), ...$each];
    setOwn(next, field, $slice === undefined ? grown : grown.slice($slice));
  }
  for (const [field, { id }] of entries(update.$pull)) {
    const left = listIn(next, field).filter((element) => !id.$in.includes((element as { id: string }).id));
    setOwn(next, field, left);
  }
  return next;
}

const entries = <V>(part: Record<string, V> | undefined): [string, V][] => Object.entries(part ?? {});
const own = (row: Row, field: string): unknown => (Object.hasOwn(row, field) ? row[field] : undefined);
const listIn = (row: Row, field: string): unknown[] => (own(row, field) as unknown[] | undefined) ?? [];

function numberIn(row: Row, field: string): number {
  const value = own(row, field) ?? (Object.hasOwn(row, field) ? null : 0);
  if (typeof value !== "number") throw new TypeError(`${field} is no number and cannot be incremented`);
  return value;
}
