import { Schema, type Connection, type Model } from "mongoose";
import type { Row } from "../row.ts";
import type { Shape } from "../shape.ts";

const TYPES = { text: String, integer: Number, real: Number, boolean: Boolean } as const;

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
