import type { CarDocument, EngineQuery, Operation, SearchEngine } from "../../services/search/search-engine.ts";
import { document } from "./search-cars.ts";

/** One promise of the port; `holds` rejects when an (empty) engine breaks it. */
export interface Promised {
  title: string;
  holds: (engine: SearchEngine) => Promise<void>;
}

export const upsert = (car: CarDocument, rev = 1): Operation => ({ type: "upsert", id: car.id, rev, document: car });
export const remove = (id: string, rev: number): Operation => ({ type: "delete", id, rev });
export const everything: EngineQuery = { filter: {}, sort: [], limit: 100 };
export const byPrice = [{ field: "price", descending: false }] as const;

/** Puts documents into an empty engine. */
export async function fill(engine: SearchEngine, cars: readonly CarDocument[]): Promise<void> {
  const outcome = await engine.bulk(cars.map((car) => upsert(car)));
  expect(outcome).toEqual({ applied: cars.length, stale: 0, failed: [] });
  await engine.refresh();
}

export const idsOf = async (engine: SearchEngine, query: Partial<EngineQuery> = {}) =>
  (await engine.search({ ...everything, ...query })).hits.map(({ id }) => id);

export const numbered = (count: number, fields: (at: number) => Partial<CarDocument>) =>
  Array.from({ length: count }, (_, at) => document({ id: `car-${String(at).padStart(4, "0")}`, ...fields(at) }));
