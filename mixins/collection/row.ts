import { uuidv7 } from "uuidv7";
import type { Fact } from "../contract.ts";
import type { Change, Stored } from "./collection.ts";

/** A document as adapters keep it: the owner's fields flat beside ours, of which only `_…` stay hidden. */
export interface Row {
  _id: string;
  rev: number;
  createdAt: string;
  changedAt: string;
  /** A tombstone. */
  _removed?: true;
  /** Facts that the bus has not taken over yet. */
  _facts?: Fact[];
  /** Fact ids that counted already, newest last. */
  _once?: string[];
  [field: string]: unknown;
}

/** Fields that the store owns: a document or patch that brings them along has no say in them. */
const STORE_FIELDS: ReadonlySet<string> = new Set(["id", "rev", "createdAt", "changedAt"]);
const ROW_FIELDS: ReadonlySet<string> = new Set(["_id", ...STORE_FIELDS, "_removed", "_facts", "_once"]);

/** The row of a new document; `fields` are checked already, `now` is ISO 8601. */
export function newRow(id: string | undefined, fields: object, now: string, facts: readonly Fact[] = []): Row {
  const row: Row = { ...fields, _id: id ?? uuidv7(), rev: 1, createdAt: now, changedAt: now };
  if (facts.length > 0) row._facts = [...facts];
  return row;
}

/** The document as its owner sees it. */
export function toStored<T>({ _id, _removed, _facts, _once, ...fields }: Row): Stored<T> {
  return { ...fields, id: _id } as unknown as Stored<T>;
}

export function toChange<T>(row: Row): Change<T> {
  const at = { id: row._id, rev: row.rev, changedAt: row.changedAt };
  return row._removed ? { ...at, removed: true } : { ...at, removed: false, document: toStored<T>(row) };
}

/** Entries of a document or patch without those that the store owns. */
export const ownEntries = (document: object): [string, unknown][] =>
  Object.entries(document).filter(([field]) => !STORE_FIELDS.has(field));

/** Names of the owner's fields in a row. */
export const ownFields = (row: Row): string[] => Object.keys(row).filter((field) => !ROW_FIELDS.has(field));
