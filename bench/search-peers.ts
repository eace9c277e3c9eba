import { tokens } from "../services/search/domain/analysis.ts";
import type { CarDocument, Condition, EngineQuery } from "../services/search/search-engine.ts";
import { peer } from "./peers.ts";

/** What is compared: the first 20 and how many there are. */
export interface Found {
  total: number;
  ids: string[];
}
export interface Contestant {
  name: string;
  /** What it leaves out or does otherwise. */
  note: string;
  buildSeconds: number;
  search(query: EngineQuery & { text?: string }): Promise<Found> | Found;
}

const tokenTexts = (text: string): string[] => tokens(text).map((token) => token.text);
const FIELDS = ["title", "description"];

interface MiniSearchIndex {
  addAll(documents: readonly CarDocument[]): void;
  search(text: unknown, options: object): { id: string; score: number }[];
}
type MiniSearchModule = { new (options: object): MiniSearchIndex; readonly wildcard: symbol };

/** MiniSearch ranks and filters in JavaScript, has no sort and no facets: we sort its results. */
export async function miniSearch(documents: readonly CarDocument[]): Promise<Contestant> {
  const MiniSearch = await peer<MiniSearchModule>("minisearch");
  const start = performance.now();
  const index = new MiniSearch({ fields: FIELDS, tokenize: tokenTexts, processTerm: (term: string) => term });
  index.addAll(documents);
  const byId = new Map(documents.map((car) => [car.id, car]));
  return {
    name: "MiniSearch 7.2.0",
    note: "no facets",
    buildSeconds: (performance.now() - start) / 1000,
    search({ text, filter, sort, limit }) {
      const conditions = Object.entries(filter);
      const fits = ({ id }: { id: string }) =>
        conditions.every(([field, condition]) => holds(byId.get(id)!, field, condition));
      const found = index.search(text ?? MiniSearch.wildcard, { combineWith: "AND", filter: fits });
      const [key] = sort;
      if (key && key.field !== "score") {
        const { field } = key;
        found.sort(
          (one, other) => byId.get(one.id)![field] - byId.get(other.id)![field] || (one.id < other.id ? -1 : 1),
        );
      }
      return { total: found.length, ids: found.slice(0, limit).map(({ id }) => id) };
    },
  };
}

function holds(car: CarDocument, field: string, condition: Condition): boolean {
  const value = car[field as "brand" | "price"];
  if ("in" in condition) return condition.in.includes(value!);
  const { gte = -Infinity, lte = Infinity } = condition as { gte?: number; lte?: number };
  return Number(value) >= gte && Number(value) <= lte;
}

interface Orama {
  create(options: object): unknown;
  insertMultiple(db: unknown, documents: readonly object[], batch: number): Promise<unknown>;
  search(db: unknown, query: object): Promise<{ count: number; hits: { id: string }[] }>;
}
const ENUMS = ["currency", "brand", "model", "fuelType", "transmission", "dealRating"] as const;
const NUMBERS = ["year", "price", "mileageKm", "createdAt"] as const;

/** Orama has filters, sort and facets; its facets count under all conditions, the facet's own included. */
export async function orama(documents: readonly CarDocument[]): Promise<Contestant> {
  const { create, insertMultiple, search } = await peer<Orama>("@orama/orama");
  const start = performance.now();
  const tokenizer = { language: "korean", normalizationCache: new Map(), tokenize: tokenTexts };
  const enums = Object.fromEntries(ENUMS.map((field) => [field, "enum"]));
  const numbers = Object.fromEntries(NUMBERS.map((field) => [field, "number"]));
  const schema = { title: "string", description: "string", ...enums, ...numbers };
  const db = create({ schema, components: { tokenizer } });
  await insertMultiple(
    db,
    documents.map(({ shown: _, ratedBy: __, engineSize: ___, ...car }) => car),
    5000,
  );
  return {
    name: "Orama 3.1.18",
    note: "facets not disjunctive and without the year; words match as beginnings",
    buildSeconds: (performance.now() - start) / 1000,
    async search({ text, filter, sort, limit, facets = [] }) {
      const [key] = sort;
      const counted = facets.filter((field) => field !== "year").map((field) => [field, {}]);
      const { count, hits } = await search(db, {
        ...(text !== undefined && { term: text, properties: FIELDS, threshold: 0 }),
        where: Object.fromEntries(
          Object.entries(filter).map(([field, condition]) => [field, oramaCondition(condition)]),
        ),
        ...(key && key.field !== "score" && { sortBy: { property: key.field, order: "ASC" } }),
        ...(counted.length > 0 && { facets: Object.fromEntries(counted) as object }),
        limit,
      });
      return { total: count, ids: hits.map(({ id }) => id) };
    },
  };
}

function oramaCondition(condition: Condition): object {
  if ("in" in condition) return { in: condition.in };
  const { gte, lte } = condition as { gte?: number; lte?: number };
  return gte !== undefined && lte !== undefined ? { between: [gte, lte] } : gte !== undefined ? { gte } : { lte };
}
