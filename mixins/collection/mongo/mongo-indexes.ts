import type { mongo } from "mongoose";
import { StoreFault } from "../collection.ts";
import type { Row } from "../row.ts";
import type { Kind, Shape } from "../shape.ts";

/** The least value of each kind. A partial index from here up leaves null out, yet serves lookups by equality. */
const LEAST: Readonly<Record<Kind, string | number | boolean>> = {
  text: "",
  integer: Number.NEGATIVE_INFINITY,
  real: Number.NEGATIVE_INFINITY,
  boolean: false,
};
const UNIQUE = "unique:";
const LOOKUP = "index:";
const DUPLICATE_KEY = 11000;
/** CannotCreateIndex, IndexOptionsConflict, IndexKeySpecsConflict. */
const CONFLICTS = new Set<unknown>([67, 85, 86]);

type Index = mongo.IndexDescription & { name: string; key: Record<string, 1> };

/**
 * Makes the declared indexes that are missing and makes sure that all of them are there; throws `StoreFault` when one
 * differs. What is not declared stays: while versions change, an older process may still rely on it. Only people can
 * know when that is over, so it is named in a warning.
 */
export async function prepareIndexes(
  collection: mongo.Collection<Row>,
  shape: Shape,
  warn: (line: string) => void,
): Promise<void> {
  const wanted = indexesOf(shape);
  const name = collection.collectionName;
  await collection.createIndexes(wanted).catch((error: mongo.MongoServerError) => {
    throw indexFault(name, error);
  });
  const present = await collection.indexes();
  for (const index of wanted) {
    if (!present.some((found) => isServedBy(index, found))) {
      throw new StoreFault(`${name} has no index ${index.name} as it is declared; ${dropping(name, index.name)}`);
    }
  }
  const names = new Set(wanted.map((index) => index.name));
  for (const found of present) {
    if (found.name === undefined || found.name === "_id_" || names.has(found.name)) continue;
    if (found.unique || found.name.startsWith(LOOKUP)) warn(leftover(name, found.name, found.unique === true));
  }
}

function indexFault(collection: string, error: mongo.MongoServerError): unknown {
  if (error.code === DUPLICATE_KEY) {
    return new StoreFault(`${collection} already holds two documents with one unique key: ${error.message}`);
  }
  if (!CONFLICTS.has(error.code)) return error;
  return new StoreFault(`An index of ${collection} differs from its declaration; drop it first. ${error.message}`);
}

const isServedBy = (index: Index, found: mongo.IndexDescriptionInfo): boolean =>
  found.name === index.name &&
  JSON.stringify(Object.entries(found.key)) === JSON.stringify(Object.entries(index.key)) &&
  Boolean(found.unique) === Boolean(index.unique);

function leftover(collection: string, index: string, isUnique: boolean): string {
  const effect = isUnique ? "and which still refuses equal values" : "and which costs every write";
  return `${collection} has the index ${index}, which this version does not declare ${effect}. When no process needs it: ${dropping(collection, index)}`;
}

const dropping = (collection: string, index: string) => `db.${collection}.dropIndex("${index}")`;

function indexesOf({ unique, indexes, kinds }: Shape): Index[] {
  const ascending = (fields: readonly string[]): Record<string, 1> =>
    Object.fromEntries(fields.map((field) => [field === "id" ? "_id" : field, 1]));
  const present = (key: readonly string[]) =>
    Object.fromEntries(key.map((field) => [field, { $gte: LEAST[kinds.get(field)!] }]));
  const every: Index[] = [
    { name: "changes", key: { changedAt: 1, _id: 1 } },
    { name: "facts", key: { "_facts.id": 1 }, sparse: true },
    { name: "tombstones", key: { changedAt: 1, _removed: 1 }, partialFilterExpression: { _removed: true } },
    ...unique.map((key) => ({
      name: UNIQUE + key.join(),
      key: ascending(key),
      unique: true,
      partialFilterExpression: present(key),
    })),
    ...indexes.map((key) => ({ name: LOOKUP + key.join(), key: ascending([...key, "id"]) })),
  ];
  // MongoDB refuses a second index on the same fields under another name; `_id` has one already.
  const byFields = new Map(every.toReversed().map((index) => [JSON.stringify(index.key), index]));
  byFields.delete(JSON.stringify({ _id: 1 }));
  return [...byFields.values()];
}
