import { trusted, type Model, type mongo } from "mongoose";
import MongooseDbAdapter from "moleculer-db-adapter-mongoose";
import type { AnyQuery, DocumentAdapter, RowQuery, RowSearch, RowUpdate } from "../document-adapter.ts";
import type { Row } from "../row.ts";
import type { Shape } from "../shape.ts";
import { prepareIndexes } from "./mongo-indexes.ts";
import { asServerQuery } from "./mongo-query.ts";
import { decoded, encoded } from "./mongo-names.ts";
import { refusalOf, refusedPositions, storeUnavailable } from "./mongo-refusals.ts";

/** What the adapter must know of the connection that its model stands on. */
export interface MongoSurroundings {
  readonly isLost: boolean;
  readonly isReplicated: boolean;
  warn(line: string): void;
}

/**
 * Rows in one MongoDB collection, read through moleculer-db's mongoose adapter with a model of our own connection.
 * Writes go to the driver as they are: mongoose would cast values that are checked already. A server that is away
 * surfaces as `<SERVICE>_UNAVAILABLE`.
 */
export class MongoAdapter implements DocumentAdapter {
  readonly #shape: Shape;
  readonly #surroundings: MongoSurroundings;
  readonly #reader: MongooseDbAdapter<never>;
  readonly #rows: mongo.Collection<Row>;

  constructor(model: Model<Row>, shape: Shape, surroundings: MongoSurroundings) {
    this.#shape = shape;
    this.#surroundings = surroundings;
    this.#rows = model.collection as unknown as mongo.Collection<Row>;
    this.#reader = new MongooseDbAdapter("");
    this.#reader.model = model as never;
  }

  /** The connection is the process's: the store opens and closes it. */
  async connect(): Promise<void> {
    await prepareIndexes(this.#rows, this.#shape, (line) => this.#surroundings.warn(line));
  }

  async find({ query, settled = false, ...search }: RowSearch): Promise<Row[]> {
    const rows = await this.#run(() => {
      const cursor = this.#reader.createCursor({ ...search, query: ownQuery(asServerQuery(query)) }).lean();
      return (settled ? cursor.setOptions(this.#settled) : cursor).exec();
    });
    return rows.map((row) => decoded(row) as Row);
  }

  async findById(id: string): Promise<Row | undefined> {
    const row = await this.#run(() => this.#rows.findOne({ _id: id }));
    return row === null ? undefined : (decoded(row) as Row);
  }

  count({ query }: Pick<RowSearch, "query">): Promise<number> {
    return this.#run(() => this.#reader.count({ query: ownQuery(asServerQuery(query)) }));
  }

  async insert(row: Row): Promise<Row> {
    await this.#run(() => this.#rows.insertOne(encoded(row) as mongo.OptionalUnlessRequiredId<Row>));
    return row;
  }

  async insertUnordered(rows: readonly Row[]): Promise<number[]> {
    const documents = rows.map((row) => encoded(row) as mongo.OptionalUnlessRequiredId<Row>);
    return this.#run(() => this.#rows.insertMany(documents, { ordered: false }).then(() => [], refusedPositions));
  }

  /** Atomic per document, not as a whole. */
  async updateMany(query: AnyQuery, update: RowUpdate): Promise<number> {
    const result = await this.#run(() => this.#rows.updateMany(filterOf(query), updateOf(update)));
    return result.matchedCount;
  }

  async updateOne(query: RowQuery, update: RowUpdate, { upsert } = { upsert: false }): Promise<Row | undefined> {
    const row = await this.#run(() =>
      this.#rows.findOneAndUpdate(filterOf(query), updateOf(update), { upsert, returnDocument: "after" }),
    );
    return row === null ? undefined : (decoded(row) as Row);
  }

  async withFacts(limit: number): Promise<Row[]> {
    const rows = await this.#run(() =>
      this.#rows
        .find({ "_facts.id": { $gt: "" } } as object, this.#settled)
        .sort({ changedAt: 1, _id: 1 })
        .limit(limit)
        .toArray(),
    );
    return rows.map((row) => decoded(row) as Row);
  }

  async purge(before: string): Promise<number> {
    const old = { _removed: true, changedAt: { $lt: before }, "_facts.0": { $exists: false } };
    return (await this.#run(() => this.#rows.deleteMany(old as object))).deletedCount;
  }

  /** What is carried to others must not be taken back by a failover, so it is read as the majority has it. */
  get #settled(): { readConcern?: { level: "majority" } } {
    return this.#surroundings.isReplicated ? { readConcern: { level: "majority" } } : {};
  }

  async #run<R>(work: () => Promise<R>): Promise<R> {
    if (this.#surroundings.isLost) throw storeUnavailable(this.#shape.service, undefined);
    try {
      return await work();
    } catch (error) {
      throw refusalOf(error, this.#shape.service);
    }
  }
}

const filterOf = (query: AnyQuery) => asServerQuery(query) as mongo.Filter<Row>;

/** Mongoose takes operators for an attack unless they are marked as ours, which these are: `Shape` made them. */
const ownQuery = (query: object): object =>
  Object.fromEntries(
    Object.entries(query).map(([field, part]) => [
      field,
      Array.isArray(part) ? part.map(ownQuery) : trusted(part as object),
    ]),
  );

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
