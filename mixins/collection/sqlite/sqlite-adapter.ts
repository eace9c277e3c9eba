import { uuidv7 } from "uuidv7";
import type { AnyQuery, DocumentAdapter, RowQuery, RowUpdate } from "../document-adapter.ts";
import type { Row } from "../row.ts";
import type { Shape } from "../shape.ts";
import { updated } from "./row-update.ts";
import type { SqliteFile } from "./sqlite-file.ts";
import type { Selection } from "./sqlite-query.ts";
import { SqliteRows } from "./sqlite-rows.ts";

/** How moleculer-db searches: numbers may be text, `sort` may be one string. */
interface Search {
  query?: AnyQuery | object;
  sort?: string | string[];
  limit?: number | string;
  offset?: number | string;
  search?: string;
}

/**
 * A moleculer-db adapter that keeps rows in one SQLite table: JSON bodies beside a real column per declared field.
 * Queries by other fields are refused, and so is text search, which is not a store's job. The work is synchronous;
 * the promises are the interface's. A moleculer-db service gets it in `created`: Moleculer clones schemas, and no clone
 * shares an open file.
 */
export class SqliteAdapter implements DocumentAdapter {
  readonly #file: SqliteFile;
  readonly #rows: SqliteRows;

  constructor(file: SqliteFile, shape: Shape) {
    this.#file = file;
    this.#rows = new SqliteRows(file, shape);
  }

  /** moleculer-db hands over the broker and the service; this adapter needs neither. */
  init(): void {}

  async connect(): Promise<void> {
    this.#rows.prepare();
  }

  async disconnect(): Promise<void> {
    this.#file.close();
  }

  createCursor({ query, sort, limit, offset, search }: Search = {}): Selection {
    if (search) throw new TypeError("The SQLite adapter has no text search");
    const names = typeof sort === "string" ? sort.split(/[ ,]+/).filter(Boolean) : sort;
    return { query: query ?? {}, sort: names ?? [], limit: Number(limit ?? 0), offset: Number(offset ?? 0) };
  }

  async find(search?: Search): Promise<Row[]> {
    return this.#rows.find(this.createCursor(search));
  }

  async findOne(query: object): Promise<Row | undefined> {
    return this.#rows.find({ query, limit: 1 })[0];
  }

  async findById(id: unknown): Promise<Row | undefined> {
    return this.#rows.get(String(id));
  }

  async findByIds(ids: readonly unknown[]): Promise<Row[]> {
    return this.#rows.find({ query: { _id: { $in: ids.map(String) } } });
  }

  async count(search?: Search): Promise<number> {
    return this.#rows.count(this.createCursor(search).query ?? {});
  }

  async insert(entity: object): Promise<Row> {
    return this.#rows.insert(asRow(entity));
  }

  /** All or nothing. */
  async insertMany(entities: readonly object[]): Promise<Row[]> {
    return this.#rows.atomically(() => entities.map((entity) => this.#rows.insert(asRow(entity))));
  }

  async insertUnordered(rows: readonly Row[]): Promise<number[]> {
    return this.#rows.atomically(() => [...rows.keys()].filter((at) => !this.#rows.insertUnlessTaken(rows[at]!)));
  }

  async updateMany(query: object, update: RowUpdate): Promise<number> {
    return this.#rows.atomically(() => this.#rows.update(query, update).length);
  }

  async updateById(id: unknown, update: RowUpdate): Promise<Row | undefined> {
    return this.updateOne({ _id: { $eq: String(id) } }, update);
  }

  async updateOne(query: RowQuery, update: RowUpdate, options?: { upsert: boolean }): Promise<Row | undefined> {
    return this.#rows.atomically(() => {
      const [row] = this.#rows.update(query, update, 1);
      if (row !== undefined || !options?.upsert) return row;
      const seed = asRow({ _id: query["_id"]?.$eq, ...update.$setOnInsert });
      return this.#rows.insert(updated(seed, update));
    });
  }

  async removeMany(query: object): Promise<number> {
    return this.#rows.delete(query);
  }

  async removeById(id: unknown): Promise<number> {
    return this.#rows.delete({ _id: { $eq: String(id) } });
  }

  async clear(): Promise<number> {
    return this.#rows.delete({});
  }

  async withFacts(limit: number): Promise<Row[]> {
    return this.#rows.withFacts(limit);
  }

  async purge(before: string): Promise<number> {
    return this.#rows.purge(before);
  }

  entityToObject(entity: Row): object {
    return entity;
  }

  beforeSaveTransformID(entity: Record<string, unknown>, idField: string): object {
    if (idField === "_id" || entity[idField] === undefined) return entity;
    const { [idField]: _id, ...fields } = entity;
    return { ...fields, _id };
  }

  afterRetrieveTransformID(entity: Record<string, unknown>, idField: string): object {
    if (idField === "_id") return entity;
    const { _id, ...fields } = entity;
    return { ...fields, [idField]: _id };
  }
}

/** Fills in what every row has. */
function asRow(entity: object): Row {
  const now = new Date().toISOString();
  const row = { rev: 1, createdAt: now, changedAt: now, ...entity } as Row;
  return { ...row, _id: row._id ?? uuidv7() };
}
