import type { Model, mongo } from "mongoose";
import MongooseDbAdapter from "moleculer-db-adapter-mongoose";
import { DuplicateKey } from "../collection.ts";
import type { AnyQuery, DocumentAdapter, RowQuery, RowSearch, RowUpdate } from "../document-adapter.ts";
import type { Row } from "../row.ts";
import type { Shape } from "../shape.ts";
import { prepareIndexes, violatedKey } from "./mongo-model.ts";
import { decoded, encoded } from "./mongo-names.ts";

const DUPLICATE_KEY = 11000;

/**
 * Rows in one MongoDB collection, read through moleculer-db's mongoose adapter with a model of our own connection.
 * Writes go to the driver as they are: mongoose would cast values that are checked already.
 */
export class MongoAdapter implements DocumentAdapter {
  readonly #model: Model<Row>;
  readonly #shape: Shape;
  readonly #reader: MongooseDbAdapter<never>;
  readonly #rows: mongo.Collection<Row>;

  constructor(model: Model<Row>, shape: Shape) {
    this.#model = model;
    this.#shape = shape;
    this.#rows = model.collection as unknown as mongo.Collection<Row>;
    this.#reader = new MongooseDbAdapter("");
    this.#reader.model = model as never;
  }

  /** The connection is the process's: the store opens and closes it. */
  async connect(): Promise<void> {
    await this.#model.db.asPromise();
    await prepareIndexes(this.#rows, this.#shape);
  }

  async find(search: RowSearch): Promise<Row[]> {
    const rows = await this.#reader.createCursor(search).lean().exec();
    return rows.map((row) => decoded(row) as Row);
  }

  async findById(id: string): Promise<Row | undefined> {
    const row = await this.#rows.findOne({ _id: id });
    return row === null ? undefined : (decoded(row) as Row);
  }

  count(search: Pick<RowSearch, "query">): Promise<number> {
    return this.#reader.count(search);
  }

  async insert(row: Row): Promise<Row> {
    await this.#rows.insertOne(encoded(row) as mongo.OptionalUnlessRequiredId<Row>).catch(refuseDuplicate);
    return row;
  }

  async insertUnordered(rows: readonly Row[]): Promise<number[]> {
    const documents = rows.map((row) => encoded(row) as mongo.OptionalUnlessRequiredId<Row>);
    try {
      await this.#rows.insertMany(documents, { ordered: false });
      return [];
    } catch (error) {
      const faults = [(error as { writeErrors?: BulkFault | BulkFault[] }).writeErrors ?? []].flat();
      if (faults.length === 0 || faults.some(({ code }) => code !== DUPLICATE_KEY)) throw error;
      return faults.map(({ index }) => index);
    }
  }

  /** Atomic per document, not as a whole. */
  async updateMany(query: AnyQuery, update: RowUpdate): Promise<number> {
    const result = await this.#rows.updateMany(filterOf(query), updateOf(update)).catch(refuseDuplicate);
    return result.matchedCount;
  }

  async updateOne(query: RowQuery, update: RowUpdate, { upsert } = { upsert: false }): Promise<Row | undefined> {
    const row = await this.#rows
      .findOneAndUpdate(filterOf(query), updateOf(update), { upsert, returnDocument: "after" })
      .catch(refuseDuplicate);
    return row === null ? undefined : (decoded(row) as Row);
  }

  async withFacts(limit: number): Promise<Row[]> {
    const rows = await this.#rows
      .find({ "_facts.id": { $gt: "" } } as object)
      .sort({ changedAt: 1, _id: 1 })
      .limit(limit)
      .toArray();
    return rows.map((row) => decoded(row) as Row);
  }

  async purge(before: string): Promise<number> {
    const old = { _removed: true, changedAt: { $lt: before }, "_facts.0": { $exists: false } };
    return (await this.#rows.deleteMany(old as object)).deletedCount;
  }
}

interface BulkFault {
  code: number;
  index: number;
}

const filterOf = (query: AnyQuery) => query as mongo.Filter<Row>;

/** Names and values of an update, encoded as `insert` encodes them. */
function updateOf(update: RowUpdate): mongo.UpdateFilter<Row> {
  const { $push, $pull, ...others } = update;
  const parts = Object.entries(others).map(([operator, part]) => [operator, encoded(part)]);
  const pushes = Object.entries($push ?? {}).map(([field, { $each, ...rest }]) => [
    field,
    { $each: encoded($each), ...rest },
  ]);
  return {
    ...Object.fromEntries(parts),
    ...($push && { $push: Object.fromEntries(pushes) }),
    ...($pull && { $pull }),
  };
}

function refuseDuplicate(error: { code?: number; keyPattern?: object; message: string }): never {
  throw error.code === DUPLICATE_KEY ? new DuplicateKey(violatedKey(error)) : error;
}
