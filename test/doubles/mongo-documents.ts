import { isDeepStrictEqual } from "node:util";
import type { Document } from "bson";
import { Query, update as applyUpdate } from "mingo";

export interface IndexDefinition {
  name: string;
  key: Record<string, 1 | -1>;
  unique?: boolean;
  partialFilterExpression?: Document;
}

/** An error as a MongoDB server words it. */
export class ServerError extends Error {
  readonly code: number;
  readonly info: Document;
  constructor(code: number, message: string, info: Document = {}) {
    super(message);
    this.code = code;
    this.info = info;
  }
}

/** The documents of one collection, with unique and partial unique indexes. */
export class MongoDocuments {
  readonly #documents = new Map<string, Document>();
  readonly #indexes = new Map<string, IndexDefinition>();
  /** Index name → key → the id that holds it. */
  readonly #held = new Map<string, Map<string, string>>();

  constructor() {
    this.addIndex({ name: "_id_", key: { _id: 1 }, unique: true });
  }

  /** As the server does, answers at once where it is already and refuses another one of its name. */
  addIndex(index: IndexDefinition): void {
    const present = this.#indexes.get(index.name);
    if (present && !isDeepStrictEqual(present, index)) {
      throw new ServerError(86, `An existing index has the same name as the requested index: ${index.name}`);
    }
    if (present) return;
    this.#held.set(index.name, new Map());
    try {
      for (const document of this.#documents.values()) {
        this.#refuseTaken(index, document);
        this.#hold(index, document);
      }
    } catch (error) {
      this.#held.delete(index.name);
      throw error;
    }
    this.#indexes.set(index.name, index);
  }

  dropIndex(name: string): void {
    this.#indexes.delete(name);
    this.#held.delete(name);
  }

  get indexes(): IndexDefinition[] {
    return [...this.#indexes.values()];
  }

  /** Sorted matches; strings compare by code point and null comes first, as on the server. */
  find(filter: Document, sort: Document = {}): Document[] {
    const only = filter["_id"]?.["$eq"] ?? filter["_id"];
    const candidates = typeof only === "string" ? [this.#documents.get(only)] : [...this.#documents.values()];
    const query = new Query(filter, {});
    const matches = candidates.filter((document) => document !== undefined && query.test(document)) as Document[];
    return matches.sort((left, right) => {
      for (const [field, direction] of Object.entries(sort)) {
        const order = compared(left[field], right[field]);
        if (order !== 0) return order * Number(direction);
      }
      return 0;
    });
  }

  insert(document: Document): void {
    this.#store(undefined, document);
  }

  delete(document: Document): void {
    this.#release(document);
    this.#documents.delete(String(document["_id"]));
  }

  /** Applies update operators; answers the document as it is afterwards. */
  update(document: Document, update: Document): Document {
    const next = structuredClone(document);
    modify(next, { ...update, $setOnInsert: undefined });
    this.#store(document, next);
    return next;
  }

  /** Makes the document of an upsert from the equalities of its query. */
  upsert(filter: Document, update: Document): Document {
    const equalities = Object.entries(filter).flatMap(([field, condition]) => {
      if (typeof condition !== "object" || condition === null) return [[field, condition]];
      return "$eq" in condition ? [[field, condition.$eq]] : [];
    });
    const made: Document = Object.fromEntries(equalities);
    modify(made, { ...update, $setOnInsert: undefined, $set: { ...update["$set"], ...update["$setOnInsert"] } });
    this.#store(undefined, made);
    return made;
  }

  #store(before: Document | undefined, after: Document): void {
    if (before !== undefined) this.#release(before);
    try {
      for (const index of this.#indexes.values()) this.#refuseTaken(index, after);
    } catch (error) {
      if (before !== undefined) for (const index of this.#indexes.values()) this.#hold(index, before);
      throw error;
    }
    for (const index of this.#indexes.values()) this.#hold(index, after);
    this.#documents.set(String(after["_id"]), after);
  }

  #refuseTaken(index: IndexDefinition, document: Document): void {
    const key = keyIn(index, document);
    if (key === undefined || !this.#held.get(index.name)?.has(key)) return;
    const keyValue = Object.fromEntries(Object.keys(index.key).map((field) => [field, document[field] ?? null]));
    const message = `E11000 duplicate key error collection: double index: ${index.name} dup key: ${key}`;
    throw new ServerError(11000, message, { keyPattern: index.key, keyValue });
  }

  #hold(index: IndexDefinition, document: Document): void {
    const key = keyIn(index, document);
    if (key !== undefined) this.#held.get(index.name)?.set(key, String(document["_id"]));
  }

  #release(document: Document): void {
    for (const index of this.#indexes.values()) {
      const key = keyIn(index, document);
      if (key !== undefined) this.#held.get(index.name)?.delete(key);
    }
  }
}

function keyIn(index: IndexDefinition, document: Document): string | undefined {
  const { key, unique, partialFilterExpression: partial } = index;
  if (!unique || (partial && !new Query(partial, {}).test(document))) return undefined;
  return JSON.stringify(Object.keys(key).map((field) => document[field] ?? null));
}

function modify(document: Document, update: Document): void {
  // A field may be called `constructor`, which is not there before it is set.
  Object.setPrototypeOf(document, null);
  for (const field of Object.keys(update["$inc"] ?? {})) {
    if (document[field] === undefined || typeof document[field] === "number") continue;
    throw new ServerError(14, `Cannot apply $inc to a value of non-numeric type: ${field}`);
  }
  for (const [operator, part] of Object.entries(update)) {
    if (part !== undefined) applyUpdate(document, { [operator]: part } as object);
  }
}

const RANK: Readonly<Record<string, number>> = { number: 1, string: 2, object: 3, boolean: 4 };

function compared(left: unknown, right: unknown): number {
  const [a, b] = [left ?? null, right ?? null];
  const rank = (value: unknown) => (value === null ? 0 : (RANK[typeof value] ?? 5));
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  if (typeof a === "string") return Buffer.compare(Buffer.from(a), Buffer.from(b as string));
  return Number(a) - Number(b);
}
