import type { DbAdapter } from "moleculer-db";
import type { Row } from "./row.ts";

type Scalar = string | number | boolean | null;

/** The part of MongoDB's query language that every adapter understands: conjunctions of comparisons. */
export interface Operators {
  $eq?: Scalar;
  $ne?: Scalar;
  $gt?: Scalar;
  $gte?: Scalar;
  $lt?: Scalar;
  $lte?: Scalar;
  $in?: Scalar[];
  /** A text that the field's text has in it; not MongoDB's own: its adapter makes a literal `$regex` of it. */
  $contains?: string;
}
export type RowQuery = { [field: string]: Operators };
export type AnyQuery = RowQuery | { $and: RowQuery[] };

/** The part of MongoDB's update language that every adapter understands, applied to one row atomically. */
export interface RowUpdate {
  $set?: Record<string, unknown>;
  $unset?: Record<string, true>;
  $inc?: Record<string, number>;
  $max?: Record<string, string>;
  /** When an upsert makes the row. */
  $setOnInsert?: Record<string, unknown>;
  /** Appends; a negative `$slice` keeps that many of the end. */
  $push?: Record<string, { $each: readonly unknown[]; $slice?: number }>;
  /** Takes out the elements with one of these ids. */
  $pull?: Record<string, { id: { $in: readonly string[] } }>;
}

export interface RowSearch {
  query: AnyQuery;
  /** Field names, `-` for descending. */
  sort?: string[];
  limit?: number;
  /** Rows as no failover can take them back: for what is carried to others. */
  settled?: boolean;
}

/**
 * A moleculer-db adapter of rows, with the few atomic writes that moleculer-db's own interface lacks. Unique keys that
 * are taken surface as `DuplicateKey`.
 */
export interface DocumentAdapter extends Pick<DbAdapter, "connect"> {
  find(search: RowSearch): Promise<Row[]>;
  findById(id: string): Promise<Row | undefined>;
  count(search: Pick<RowSearch, "query">): Promise<number>;
  insert(row: Row): Promise<Row>;
  updateMany(query: AnyQuery, update: RowUpdate): Promise<number>;
  /** Updates one match (or with `upsert` makes it) and answers it as it is afterwards, else undefined. */
  updateOne(query: RowQuery, update: RowUpdate, options?: { upsert: boolean }): Promise<Row | undefined>;
  /** Stores what it can; answers the positions of the rows whose id or unique key was taken. */
  insertUnordered(rows: readonly Row[]): Promise<number[]>;
  /** Rows with facts, oldest change first. */
  withFacts(limit: number): Promise<Row[]>;
  /** Deletes tombstones without facts that are older than an ISO time; answers how many. */
  purge(before: string): Promise<number>;
}
