import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import path from "node:path";
import { ServiceBroker } from "moleculer";
import { sqliteStore } from "../mixins/collection/sqlite-store.ts";
import { leaseCollection } from "../mixins/lease.ts";
import { openSqliteEngine } from "../services/search/adapters/sqlite-engine.ts";
import type { ShownCar } from "../services/search/domain/car-document.ts";
import { queryWords } from "../services/search/domain/analysis.ts";
import type { CarDocument, EngineQuery, FacetField, SearchEngine } from "../services/search/search-engine.ts";
import { Search } from "../services/search/search.contract.ts";
import { searchService } from "../services/search/search.service.ts";
import { keepInFlight, median, type Figures } from "./in-flight.ts";
import { benchCars } from "./search-cars.ts";
import { miniSearch, orama, type Contestant, type Found } from "./search-peers.ts";

/**
 * Filter, sort, facets and words over 77,000 cars: our embedded engine through its port (a thread away) and through
 * the broker, against MiniSearch and Orama on the event loop. One call at a time, the rounds of all alternate, figures
 * are medians of five rounds. Everybody answers the first 20 and the total; who gives facets is said.
 */
const ROUNDS = 5;
const ROUND_MS = 400;
const BATCH = 1000;
const FACETS: FacetField[] = ["brand", "model", "fuelType", "transmission", "year", "dealRating"];

type Params = Parameters<typeof Search.filterCars>[1];
interface Task {
  name: string;
  params: Params;
  query: EngineQuery & { text?: string };
}

const GBP = { currency: { in: ["GBP"] } } as const;
const BY_PRICE = [{ field: "price", descending: false }] as const;
const BY_SCORE = [
  { field: "score", descending: true },
  { field: "createdAt", descending: true },
] as const;
const withWords = (q: string): Task => ({
  name: `words “${q}” + facets`,
  params: { q, facets: FACETS.join() },
  query: { text: q, words: queryWords(q), filter: GBP, sort: BY_SCORE, limit: 20, facets: FACETS },
});
const TASKS: Task[] = [
  {
    name: "two brands, years, prices; by price",
    params: { brand: ["Ford", "BMW"], minYear: 2016, maxPrice: 20_000, sort: "price_asc" },
    query: {
      filter: { ...GBP, brand: { in: ["Ford", "BMW"] }, year: { gte: 2016 }, price: { lte: 20_000 } },
      ...{ sort: BY_PRICE, limit: 20 },
    },
  },
  {
    name: "the same + six facets",
    params: { brand: ["Ford", "BMW"], minYear: 2016, maxPrice: 20_000, sort: "price_asc", facets: FACETS.join() },
    query: {
      filter: { ...GBP, brand: { in: ["Ford", "BMW"] }, year: { gte: 2016 }, price: { lte: 20_000 } },
      ...{ sort: BY_PRICE, limit: 20, facets: FACETS },
    },
  },
  {
    name: "all cars; by price + six facets",
    params: { sort: "price_asc", facets: FACETS.join() },
    query: { filter: GBP, sort: BY_PRICE, limit: 20, facets: FACETS },
  },
  withWords("volkswagen golf"),
  withWords("폭스바겐 골프"),
  withWords("diesel automatic"),
];

async function filled(directory: string, documents: readonly CarDocument[]): Promise<[SearchEngine, number]> {
  const start = performance.now();
  const engine = await openSqliteEngine({ directory });
  for (let at = 0; at < documents.length; at += BATCH) {
    const batch = documents.slice(at, at + BATCH);
    await engine.bulk(batch.map((document) => ({ type: "upsert", id: document.id, rev: 2, document })));
  }
  await engine.health();
  return [engine, (performance.now() - start) / 1000];
}

/** Our engine, once by itself and once as clients reach it inside the product. */
async function ours(engine: SearchEngine, buildSeconds: number, broker: ServiceBroker): Promise<Contestant[]> {
  broker.createService(
    searchService({
      openEngine: async () => ({ ...engine, close: async () => undefined }),
      openLeases: () => sqliteStore({ directory: ":memory:" }).open(leaseCollection("search-upkeep")),
      marketCurrency: () => "KRW",
    }),
  );
  await broker.start();
  const throughPort = async (query: EngineQuery): Promise<Found> => {
    const { total, hits } = await engine.search(query);
    return { total, ids: hits.map((hit) => (hit.shown as ShownCar).car.id) };
  };
  const throughBroker = async (query: EngineQuery): Promise<Found> => {
    const { total, items } = await Search.filterCars(broker, TASKS.find((task) => task.query === query)!.params);
    return { total, ids: items.map(({ id }) => id) };
  };
  const note = "facets exact and disjunctive";
  return [
    { name: "Hallabong, through the port", note, buildSeconds, search: throughPort },
    { name: "Hallabong, through the broker", note: `${note}, highlights`, buildSeconds, search: throughBroker },
  ];
}

async function compare(contestants: readonly Contestant[]): Promise<void> {
  for (const { name, query } of TASKS) {
    const answers: Found[] = [];
    for (const { search } of contestants) answers.push(await search(query));
    const rounds = contestants.map((): Figures[] => []);
    for (let round = 0; round < ROUNDS; round++) {
      for (const [at, { search }] of contestants.entries()) {
        rounds[at]!.push(await keepInFlight(async () => search(query), { inFlight: 1, durationMs: ROUND_MS }));
      }
    }
    const p50 = (of: readonly Figures[]) => median(of.map(({ p50Ms }) => p50Ms));
    const p99 = (of: readonly Figures[]) => median(of.map(({ p99Ms }) => p99Ms));
    const own = p50(rounds[0]!);
    for (const [at, contestant] of contestants.entries()) {
      const [p50Ms, p99Ms] = [p50(rounds[at]!), p99(rounds[at]!)];
      const { total } = answers[at]!;
      const same = query.text !== undefined || answers[at]!.ids.join() === answers[0]!.ids.join();
      const found = `${total}${total === answers[0]!.total && same ? "" : " (differs)"}`;
      const cells = [name, contestant.name, found, p50Ms.toFixed(2), p99Ms.toFixed(2), (p50Ms / own).toFixed(1)];
      console.log(`| ${cells.join(" | ")} |`);
    }
  }
}

const { source, documents } = benchCars(process.env.CARS_CSV);
const directory = mkdtempSync(path.join(tmpdir(), "bench-search-"));
const [engine, buildSeconds] = await filled(directory, documents);
const broker = new ServiceBroker({ logger: false });
const contestants = [
  ...(await ours(engine, buildSeconds, broker)),
  await miniSearch(documents),
  await orama(documents),
];
console.log(`${source}, Node ${process.version}, ${cpus().length} × ${cpus()[0]!.model.trim()}`);
console.log("\n| | index built in s | |\n| --- | ---: | --- |");
for (const { name, note, buildSeconds: seconds } of contestants) {
  console.log(`| ${name} | ${seconds.toFixed(1)} | ${note} |`);
}
console.log("\n| | | found | p50 ms | p99 ms | p50 against ours |\n| --- | --- | ---: | ---: | ---: | ---: |");
await compare(contestants);
await broker.stop();
await engine.close();
rmSync(directory, { recursive: true });
