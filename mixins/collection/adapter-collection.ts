import type { Fact } from "../contract.ts";
import type { Change, ChangePosition, Collection, CollectionPage, Filter, Query, Stored } from "./collection.ts";
import type { DocumentAdapter } from "./document-adapter.ts";
import { plain } from "./plain.ts";
import { changesAfter, findPage, LIVE, liveQuery, waitingFacts } from "./reads.ts";
import { newRow, toStored } from "./row.ts";
import { checkedFields, checkedIncrements, type Shape } from "./shape.ts";
import { holding, incrementRow, insertRow, insertRows, patching, removeRow } from "./writes.ts";

interface Surroundings {
  /** Milliseconds since 1970. */
  now(): number;
  /** Called once by `close`. */
  released(): void | Promise<void>;
}

/** The collection port over a moleculer-db adapter; all that differs between stores is in the adapter. */
export class AdapterCollection<T extends object> implements Collection<T> {
  readonly #adapter: DocumentAdapter;
  readonly #shape: Shape;
  readonly #surroundings: Surroundings;
  readonly #listeners: (() => void)[] = [];

  constructor(adapter: DocumentAdapter, shape: Shape, surroundings: Surroundings) {
    this.#adapter = adapter;
    this.#shape = shape;
    this.#surroundings = surroundings;
  }

  async insert(document: T & { id?: string }, facts: readonly Fact[] = []): Promise<Stored<T>> {
    const row = await insertRow(this.#adapter, this.#newRow(document, facts));
    this.#announce(facts);
    return toStored(row);
  }

  async insertMany(documents: readonly (T & { id?: string })[]): Promise<{ inserted: number; duplicates: number }> {
    const rows = documents.map((document) => this.#newRow(document, []));
    const inserted = await insertRows(this.#adapter, rows);
    return { inserted, duplicates: rows.length - inserted };
  }

  async get(id: string): Promise<Stored<T> | undefined> {
    const row = await this.#adapter.findById(checkedId(id));
    return row === undefined || row._removed ? undefined : toStored(row);
  }

  async find(query: Query<T>): Promise<CollectionPage<T>> {
    return findPage(this.#adapter, this.#shape, query);
  }

  async count(filter: Filter<T> = {}): Promise<number> {
    return this.#adapter.count({ query: liveQuery(this.#shape, filter) });
  }

  async change(
    id: string,
    rev: number,
    patch: Partial<T>,
    facts: readonly Fact[] = [],
  ): Promise<Stored<T> | undefined> {
    const update = patching(checkedFields(this.#shape, patch), this.#now(), plain(facts));
    const row = await this.#adapter.updateOne({ ...holding(checkedId(id), rev), ...LIVE }, update);
    if (row === undefined) return undefined;
    this.#announce(facts);
    return toStored(row);
  }

  async changeWhere(filter: Filter<T>, patch: Partial<T>): Promise<number> {
    const update = patching(checkedFields(this.#shape, patch), this.#now());
    return this.#adapter.updateMany(liveQuery(this.#shape, filter), update);
  }

  async increment(
    id: string,
    fields: Readonly<Record<string, number>>,
    once?: string,
  ): Promise<Record<string, number>> {
    const added = checkedIncrements(this.#shape, fields);
    const row = await incrementRow(this.#adapter, checkedId(id), added, this.#now(), once);
    return Object.fromEntries(Object.keys(added).map((field) => [field, (row[field] as number | undefined) ?? 0]));
  }

  async remove(id: string, rev?: number, facts: readonly Fact[] = []): Promise<boolean> {
    const removed = await removeRow(this.#adapter, checkedId(id), rev, this.#now(), plain(facts));
    if (removed) this.#announce(facts);
    return removed;
  }

  async changes(query: { after?: ChangePosition | undefined; limit: number }): Promise<Change<T>[]> {
    return changesAfter(this.#adapter, query);
  }

  async unsentFacts(limit: number): Promise<{ documentId: string; fact: Fact }[]> {
    return waitingFacts(this.#adapter, limit);
  }

  async forgetFacts(documentId: string, factIds: readonly string[]): Promise<void> {
    const taken = { $pull: { _facts: { id: { $in: factIds } } } };
    await this.#adapter.updateOne({ _id: { $eq: checkedId(documentId) } }, taken);
  }

  onFacts(listener: () => void): void {
    this.#listeners.push(listener);
  }

  async close(): Promise<void> {
    await this.#surroundings.released();
  }

  #newRow(document: object, facts: readonly Fact[]) {
    const { id } = document as { id?: string };
    const { present } = checkedFields(this.#shape, document);
    return newRow(id === undefined ? undefined : checkedId(id), present, this.#now(), plain(facts));
  }

  #announce(facts: readonly Fact[]): void {
    if (facts.length > 0) for (const listener of this.#listeners) listener();
  }

  #now(): string {
    return new Date(this.#surroundings.now()).toISOString();
  }
}

/** Ids reach the store from requests: anything but text must not become an operator there. */
function checkedId(id: unknown): string {
  if (typeof id !== "string" || id === "") throw new TypeError("An id is a text that is not empty");
  return id.toWellFormed();
}
