import { Schema, type Connection, type Model, type mongo } from "mongoose";
import type { Row } from "../row.ts";
import type { Kind, Shape } from "../shape.ts";

const TYPES = { text: String, integer: Number, real: Number, boolean: Boolean } as const;
/** The least value of each kind. A partial index from here up leaves null out, yet serves lookups by equality. */
const LEAST: Readonly<Record<Kind, string | number | boolean>> = {
  text: "",
  integer: Number.NEGATIVE_INFINITY,
  real: Number.NEGATIVE_INFINITY,
  boolean: false,
};
const UNIQUE = "unique:";
const LOOKUP = "index:";

/** The mongoose model of a collection, named `<service>_<noun>`. Undeclared fields are kept, but never queried. */
export function modelOf(connection: Connection, shape: Shape): Model<Row> {
  const declared = [...shape.fields].map(([field, kind]) => [field, TYPES[kind]]);
  const schema = new Schema<Row>(
    {
      ...Object.fromEntries(declared),
      _id: String,
      rev: Number,
      createdAt: String,
      changedAt: String,
      _removed: Boolean,
      _once: [String],
    },
    {
      strict: false,
      strictQuery: "throw",
      versionKey: false,
      minimize: false,
      autoIndex: false,
      autoCreate: false,
      suppressReservedKeysWarning: true,
    },
  );
  const name = `${shape.service}_${shape.noun}`;
  return connection.model<Row>(name, schema, name, { overwriteModels: true });
}

/** Makes the collection's indexes what its definition says; a unique key that is no longer declared goes. */
export async function prepareIndexes(collection: mongo.Collection<Row>, shape: Shape): Promise<void> {
  const wanted = indexesOf(shape);
  await collection.createIndexes(wanted);
  const names = new Set(wanted.map(({ name }) => name));
  for (const { name = "" } of await collection.indexes()) {
    const ours = name.startsWith(UNIQUE) || name.startsWith(LOOKUP);
    if (ours && !names.has(name)) await collection.dropIndex(name);
  }
}

/** The fields of the key that a duplicate violated. */
export function violatedKey(error: { keyPattern?: object; message: string }): string[] {
  const fields = error.keyPattern ? Object.keys(error.keyPattern) : fieldsIn(error.message);
  return fields.map((field) => (field === "_id" ? "id" : field));
}

/** Servers that send no `keyPattern` still name the index. */
const fieldsIn = (message: string) => /unique:([\w,]+)/.exec(message)?.[1]?.split(",") ?? ["_id"];

function indexesOf({ unique, indexes, kinds }: Shape): (mongo.IndexDescription & { name: string })[] {
  const ascending = (fields: readonly string[]): Record<string, 1> =>
    Object.fromEntries(fields.map((field) => [field === "id" ? "_id" : field, 1]));
  const present = (key: readonly string[]) =>
    Object.fromEntries(key.map((field) => [field, { $gte: LEAST[kinds.get(field)!] }]));
  const every = [
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
  ] satisfies mongo.IndexDescription[];
  // MongoDB refuses a second index on the same fields under another name; `_id` has one already.
  const byFields = new Map(every.toReversed().map((index) => [JSON.stringify(index.key), index]));
  byFields.delete(JSON.stringify({ _id: 1 }));
  return [...byFields.values()];
}
