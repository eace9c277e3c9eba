import type { Fact } from "../contract.ts";

/** What every stored document carries besides its own fields. `rev` starts at 1 and is `version` in answers. */
export type Stored<T> = T & { id: string; rev: number; createdAt: string; changedAt: string };

type Scalar = string | number | boolean | null;
/**
 * Equality, membership or range of one field, or a piece that a text has in it, character for character as it is stored
 * (whoever wants to pass over capitals stores and asks for a folded form). All conditions of a filter hold together. No
 * index serves `contains`, so every document that the other conditions leave is read; the piece has 1000 characters at
 * most.
 */
export type Condition =
  | Scalar
  | { in: readonly Scalar[] }
  | { ne: Scalar }
  | { gt?: Scalar; gte?: Scalar; lt?: Scalar; lte?: Scalar }
  | { contains: string };
export type Filter<T> = { [K in keyof Stored<T>]?: Condition };
/**
 * Fields in order of weight; `-` means descending. Ties always end in `id`, in the direction of the last field. Null
 * and absent sort below everything, texts by code point.
 */
export type Sort<T> = readonly `${"" | "-"}${keyof Stored<T> & string}`[];

export interface Query<T> {
  filter?: Filter<T>;
  sort?: Sort<T>;
  limit: number;
  /** `nextCursor` of the page before; any but one of the same filter and sort is refused as `INVALID_INPUT`. */
  cursor?: string | undefined;
}

export interface CollectionPage<T> {
  items: Stored<T>[];
  /** null at the end. */
  nextCursor: string | null;
}

/** How a collection is kept. Only declared fields can be filtered or sorted by; anything else is refused. */
export interface CollectionDefinition<T> {
  service: string;
  noun: string;
  /** Fields with a column of their own (id, rev, createdAt and changedAt always have one). */
  fields: { [K in keyof T]?: "text" | "integer" | "real" | "boolean" };
  /**
   * Fields that are unique together. A key with a null or absent part is not indexed, so a key frees itself. One that is
   * no longer declared goes at once on SQLite; on MongoDB it stays, with a warning, until somebody drops it: a process
   * of the version before may rely on it.
   */
  unique?: readonly (readonly (keyof T & string)[])[];
  indexes?: readonly (readonly (keyof Stored<T> & string)[])[];
  /** `full`: each write is on the disk before it is acknowledged (money, trades). Default `normal`. */
  durability?: "normal" | "full";
}

/** One row of `changes`: the document, or a tombstone of a removed one. */
export type Change<T> = { id: string; rev: number; changedAt: string } & (
  { removed: false; document: Stored<T> } | { removed: true }
);

/**
 * A typed collection of documents, the same on SQLite and MongoDB. Each method is one atomic write; facts given to a
 * write are stored in the document by that same write and stay until the bus has them.
 */
export interface Collection<T extends object> {
  /**
   * Throws `DuplicateKey` when a unique key (or the id) is taken. An id is made when none is given. The id of a removed
   * document is free; its next life goes on with a higher `rev`. What JSON cannot hold is refused with a TypeError.
   */
  insert(document: T & { id?: string }, facts?: readonly Fact[]): Promise<Stored<T>>;
  /** Unordered: stores what it can and counts the rest as duplicates. */
  insertMany(documents: readonly (T & { id?: string })[]): Promise<{ inserted: number; duplicates: number }>;
  get(id: string): Promise<Stored<T> | undefined>;
  find(query: Query<T>): Promise<CollectionPage<T>>;
  count(filter?: Filter<T>): Promise<number>;
  /**
   * Compare-and-set: applies the patch if `rev` is still current, else (or when missing) answers undefined. A field that
   * the patch holds as undefined is taken away; `id`, `rev` and the times are the store's and ignored.
   */
  change(id: string, rev: number, patch: Partial<T>, facts?: readonly Fact[]): Promise<Stored<T> | undefined>;
  /** Applies the patch to every match and bumps their `rev`; answers how many. On MongoDB atomic per document only. */
  changeWhere(filter: Filter<T>, patch: Partial<T>): Promise<number>;
  /**
   * Atomic upsert counter. With `once` (a fact id) a repetition changes nothing: the document remembers the last 256
   * ids in the same write, and beyond its removal. Moves `changedAt` but not `rev`. Answers the fields after the write.
   */
  increment(id: string, fields: Readonly<Record<string, number>>, once?: string): Promise<Record<string, number>>;
  /** Leaves a tombstone that carries the facts and frees the unique keys. False when missing or of another `rev`. */
  remove(id: string, rev?: number, facts?: readonly Fact[]): Promise<boolean>;
  /** What changed after a position, ordered by (changedAt, id), tombstones included: the way views catch up. */
  changes(query: { after?: ChangePosition | undefined; limit: number }): Promise<Change<T>[]>;
  /** Facts not yet handed to the bus, oldest documents first. */
  unsentFacts(limit: number): Promise<{ documentId: string; fact: Fact }[]>;
  /** Forgets facts that the bus has taken over. Changes neither `rev` nor `changedAt`. */
  forgetFacts(documentId: string, factIds: readonly string[]): Promise<void>;
  /** Called after each write of this process that stored facts. */
  onFacts(listener: () => void): void;
  close(): Promise<void>;
}

export interface ChangePosition {
  changedAt: string;
  id: string;
}

/** Thrown by `insert` and `change`; `key` names the fields of the unique key that is taken. */
export class DuplicateKey extends Error {
  readonly key: readonly string[];
  constructor(key: readonly string[]) {
    super(`A document with the same ${key.join(" + ")} exists`);
    this.name = "DuplicateKey";
    this.key = key;
  }
}

/** A fault of the store's set-up that no waiting mends: a wrong password, a bad address, an index that differs. */
export class StoreFault extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "StoreFault";
    // Whoever reads it mends the set-up, not the code: one line says it all.
    this.stack = `${this.name}: ${message}`;
  }
}

/** Where collections are kept. Services get `open` alone; the process that made the store closes it. */
export interface Store {
  /** Waits until the store can be used; opening a collection does so, too. Throws for what waiting does not mend. */
  ready(): Promise<void>;
  /** Where it says what it waits for, what is wanting, and when its server goes and comes back; else the console. */
  reportTo(log: Pick<Console, "warn">): void;
  open: OpenCollection;
  /** Rejects when the store cannot answer. */
  ping(): Promise<void>;
  /** Closes every collection that is still open, then the store. */
  close(): Promise<void>;
}

/** Waits for an insertion; false when the key was taken by somebody else. */
export async function isNew(insertion: Promise<unknown>): Promise<boolean> {
  try {
    await insertion;
    return true;
  } catch (error) {
    if (error instanceof DuplicateKey) return false;
    throw error;
  }
}

/** Opens collections of one store; services get it from the configuration and never know which store it is. */
export type OpenCollection = <T extends object>(definition: CollectionDefinition<T>) => Promise<Collection<T>>;
