import type { DatabaseSync, StatementSync } from "node:sqlite";
import {
  KEYWORD_FIELDS,
  NUMBER_FIELDS,
  type EnginePage,
  type EngineQuery,
  type Group,
  type Hit,
  type IndexedVersion,
  type NearestQuery,
  type Position,
  type SortKey,
  type StatisticsQuery,
  type VersionsQuery,
  type Word,
} from "../search-engine.ts";
import { Columns } from "./columns.ts";
import { grouped } from "./grouping.ts";
import { first } from "./ranking.ts";
import { Selection } from "./selection.ts";
import { openIndexFile } from "./sqlite-file.ts";
import { SqliteNotes } from "./sqlite-notes.ts";

const FIELDS = [...KEYWORD_FIELDS, ...NUMBER_FIELDS];
type Compare = (one: number, other: number) => number;

/**
 * The reading side of the embedded engine; synchronous, so it lives in a worker. Words are looked up in FTS5; what is
 * filtered, counted and sorted by is held in columns that follow the file by `seq`.
 */
export class SqliteReader {
  readonly #db: DatabaseSync;
  readonly #notes: SqliteNotes;
  #columns = new Columns();
  readonly #version: StatementSync;
  readonly #changed: StatementSync;
  readonly #match: StatementSync;
  readonly #shown: StatementSync;
  #seq = 0;
  #generation: string | null = null;
  #dataVersion: unknown;

  constructor(path: string) {
    this.#db = openIndexFile(path);
    this.#db.exec("PRAGMA query_only = ON; PRAGMA cache_size = -16000;");
    this.#notes = new SqliteNotes(this.#db);
    this.#version = this.#db.prepare("PRAGMA data_version");
    this.#changed = this.#db.prepare(
      `SELECT row, id, seq, shown IS NULL, ${FIELDS.join()} FROM cars WHERE seq > ? ORDER BY seq`,
    );
    this.#changed.setReturnArrays(true);
    this.#match = this.#db.prepare("SELECT json_group_array(rowid) AS found FROM words WHERE words MATCH ?");
    this.#shown = this.#db.prepare("SELECT shown FROM cars WHERE row = ?");
  }

  search(query: EngineQuery): EnginePage {
    return this.#snapshot(() => {
      const found = query.words && this.#find(query.words);
      const selection = new Selection(this.#columns, query.filter, query.facets, found?.rows);
      const rows = selection.rows();
      const keys = query.sort.map((key) => (key.field === "score" ? this.#score(found?.inTitle) : this.#column(key)));
      const compare = this.#comparison(query.sort, keys);
      const ahead = query.after ? rows.filter((row) => this.#isAfter(row, query.after!, query.sort, keys)) : rows;
      const offset = query.offset ?? 0;
      const page = first(ahead, offset + query.limit, compare).slice(offset);
      return {
        total: rows.length,
        hits: this.#hits(page, keys),
        facets: Object.fromEntries((query.facets ?? []).map((field) => [field, selection.facet(field)])),
      };
    });
  }

  statistics(query: StatisticsQuery): Group[] {
    return this.#snapshot(() => grouped(new Selection(this.#columns, query.filter), query));
  }

  nearest({ filter, year, mileageKm, kmPerYear, limit }: NearestQuery): Hit[] {
    return this.#snapshot(() => {
      const { year: years, mileageKm: distancesKm } = this.#columns.numbers;
      const distance = (row: number) =>
        Math.abs(years[row]! - year) * kmPerYear + Math.abs(distancesKm[row]! - mileageKm);
      const rows = new Selection(this.#columns, filter).rows();
      const nearest = first(rows, limit, (one, other) => distance(one) - distance(other) || this.#byId(one, other));
      return this.#hits(nearest, []);
    });
  }

  versions(query: VersionsQuery): IndexedVersion[] {
    const [condition, value] =
      "ids" in query
        ? ["AND id IN (SELECT value FROM json_each(?))", JSON.stringify(query.ids)]
        : "any" in query
          ? ["ORDER BY random() LIMIT ?", query.any]
          : ["AND id > ? ORDER BY id LIMIT " + query.limit, query.after ?? ""];
    const read = this.#db.prepare(`SELECT id, rev FROM cars WHERE shown IS NOT NULL ${condition}`);
    return read.all(value).map(({ id, rev }) => ({ id: String(id), rev: Number(rev) }));
  }

  health(): { cars: number } {
    return this.#snapshot(() => ({ cars: this.#columns.cars }));
  }

  close(): void {
    this.#db.close();
  }

  /** Words, columns and documents of one moment. */
  #snapshot<T>(read: () => T): T {
    this.#db.exec("BEGIN");
    try {
      this.#follow();
      return read();
    } finally {
      this.#db.exec("COMMIT");
    }
  }

  /** Takes over what was written since the last look. */
  #follow(): void {
    const version = this.#version.get()!.data_version;
    if (version === this.#dataVersion) return;
    const generation = this.#notes.get("generation");
    if (generation !== this.#generation) {
      this.#columns = new Columns();
      this.#seq = 0;
      this.#generation = generation;
    }
    for (const [row, id, seq, removed, ...values] of this.#changed.iterate(this.#seq) as unknown as Iterable<
      [number, string, number, number, ...(string | number | null)[]]
    >) {
      if (removed) this.#columns.remove(row, id);
      else this.#columns.put(row, id, values);
      this.#seq = seq;
    }
    this.#dataVersion = version;
  }

  #find(words: readonly Word[]): { rows: number[]; inTitle: number[][] } {
    const terms = words.map(({ text, prefix }) => `"${text.replaceAll('"', '""')}"${prefix ? "*" : ""}`);
    const match = (expression: string) => JSON.parse(this.#match.get(expression)!.found as string) as number[];
    const rows = terms.length ? match(terms.join(" AND ")) : [];
    return { rows, inTitle: rows.length ? terms.map((term) => match(`title : ${term}`)) : [] };
  }

  #column(key: SortKey): Float64Array {
    return this.#columns.numbers[key.field as Exclude<SortKey["field"], "score">];
  }

  /** 4 per word in the title, 1 per word in the description only: whole numbers that no other car's coming changes. */
  #score(inTitle: number[][] = []): Float64Array {
    const scores = new Float64Array(this.#columns.size).fill(inTitle.length);
    for (const rows of inTitle) for (const row of rows) scores[row]! += 3;
    return scores;
  }

  #byId(one: number, other: number): number {
    const { ids } = this.#columns;
    return ids[one]! < ids[other]! ? -1 : ids[one]! > ids[other]! ? 1 : 0;
  }

  #comparison(sort: readonly SortKey[], keys: readonly Float64Array[]): Compare {
    const signs = sort.map(({ descending }) => (descending ? -1 : 1));
    return (one, other) => {
      for (let at = 0; at < keys.length; at++) {
        const difference = keys[at]![one]! - keys[at]![other]!;
        if (difference !== 0) return difference * signs[at]!;
      }
      return this.#byId(one, other);
    };
  }

  #isAfter(row: number, after: Position, sort: readonly SortKey[], keys: readonly Float64Array[]): boolean {
    for (let at = 0; at < sort.length; at++) {
      const difference = (keys[at]![row]! - Number(after[at])) * (sort[at]!.descending ? -1 : 1);
      if (difference !== 0) return difference > 0;
    }
    return this.#columns.ids[row]! > String(after.at(-1));
  }

  #hits(rows: readonly number[], keys: readonly Float64Array[]): Hit[] {
    return rows.map((row) => ({
      id: this.#columns.ids[row]!,
      shown: JSON.parse(this.#shown.get(row)!.shown as string) as unknown,
      position: [...keys.map((key) => key[row]!), this.#columns.ids[row]!],
    }));
  }
}
