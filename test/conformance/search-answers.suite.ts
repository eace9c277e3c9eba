import fc from "fast-check";
import { queryWords } from "../../services/search/domain/analysis.ts";
import type { CarDocument, EngineQuery, FacetField, Filter, NumberField } from "../../services/search/search-engine.ts";
import { anyCar, WORDS } from "./search-cars.ts";
import { oracle } from "./search-oracle.ts";
import { fill, type Promised } from "./search-promise.ts";

/** A few hundred documents that are the same in every run. */
const sample = (): CarDocument[] =>
  fc.sample(anyCar, { numRuns: 300, seed: 7 }).map((car, at) => {
    const id = `car-${String((at * 7919) % 1000).padStart(4, "0")}`;
    return { ...car, id, shown: { id } };
  });

const anyFilter: fc.Arbitrary<Filter> = fc.record(
  {
    currency: fc.constant({ in: ["GBP"] }),
    brand: fc.subarray(["Hyundai", "현대", "Ford", "Nobody"], { minLength: 1 }).map((values) => ({ in: values })),
    model: fc.subarray(["Tucson", "그랜저", "Focus", "Ka+"], { minLength: 1 }).map((values) => ({ in: values })),
    fuelType: fc.subarray(["Petrol", "Diesel"], { minLength: 1 }).map((values) => ({ in: values })),
    dealRating: fc.constant({ in: ["great"] }),
    ratedBy: fc.constant({ not: "m@1" }),
    year: fc.record({ gte: fc.integer({ min: 2011, max: 2021 }), lte: fc.integer({ min: 2011, max: 2021 }) }),
    price: fc.record({ lte: fc.integer({ min: 0, max: 30_000 }) }),
    mileageKm: fc.constantFrom({ gte: 16_093.44 }, { lte: 30_000 }),
  },
  { requiredKeys: [] },
);
const anySort = fc.array(
  fc.record({
    field: fc.constantFrom<NumberField[]>("price", "year", "mileageKm", "createdAt", "engineSize"),
    descending: fc.boolean(),
  }),
  { maxLength: 2 },
);
const facetFields: FacetField[] = ["brand", "model", "fuelType", "transmission", "year", "dealRating"];
const anyQuery: fc.Arbitrary<EngineQuery> = fc.record(
  {
    words: fc.subarray(WORDS, { minLength: 1, maxLength: 2 }).map((words) => queryWords(words.join(" "))),
    filter: anyFilter,
    sort: anySort,
    offset: fc.integer({ min: 0, max: 20 }),
    limit: fc.integer({ min: 0, max: 50 }),
    facets: fc.subarray(facetFields),
  },
  { requiredKeys: ["filter", "sort", "limit"] },
);

export const answers: Promised[] = [
  {
    title: "any query is answered as the naive oracle answers it",
    async holds(engine) {
      const cars = sample();
      await fill(engine, cars);
      const truth = oracle(cars);
      const same = async (query: EngineQuery) => expect(await engine.search(query)).toEqual(truth.search(query));
      await fc.assert(fc.asyncProperty(anyQuery, same), { numRuns: 200, seed: 11 });
    },
  },
  {
    title: "each facet ignores the condition on its own field and obeys all others",
    async holds(engine) {
      const cars = sample();
      await fill(engine, cars);
      const query: EngineQuery = {
        filter: { brand: { in: ["Ford"] }, fuelType: { in: ["Diesel"] }, year: { gte: 2015 } },
        facets: ["brand", "fuelType", "year", "model"],
        ...{ sort: [], limit: 0 },
      };
      const { facets } = await engine.search(query);
      expect(facets.brand!.length).toBeGreaterThan(1);
      expect(facets).toEqual(oracle(cars).search(query).facets);
    },
  },
  {
    title: "counts and averages equal those of brute force",
    async holds(engine) {
      const cars = sample();
      await fill(engine, cars);
      const groupBys = [["brand"], ["year"], ["engineSize"], ["dealRating"], ["brand", "model"]] as const;
      for (const groupBy of [...groupBys, { field: "price", step: 5000 } as const]) {
        for (const filter of [{}, { brand: { in: ["Ford", "현대"] } }, { brand: { in: ["Nobody"] } }]) {
          const query = { filter, groupBy, limit: 10_000 };
          const [groups, expected] = [await engine.statistics(query), oracle(cars).statistics(query)];
          expect(groups.map(({ key, count }) => [key, count])).toEqual(expected.map(({ key, count }) => [key, count]));
          groups.forEach(({ averagePrice }, at) => expect(averagePrice / expected[at]!.averagePrice).toBeCloseTo(1, 9));
        }
      }
    },
  },
  {
    title: "the nearest by year and mileage come first, ties by id, the excluded one never",
    async holds(engine) {
      const cars = sample();
      await fill(engine, cars);
      const place = { year: 2016, mileageKm: 20_000, kmPerYear: 15_000 };
      const away = ({ year, mileageKm }: CarDocument) => Math.abs(year - 2016) * 15_000 + Math.abs(mileageKm - 20_000);
      const ford = cars.filter(({ brand, id }) => brand === "Ford" && id !== cars[0]!.id);
      const expected = ford.sort((one, other) => away(one) - away(other) || (one.id < other.id ? -1 : 1));
      const filter = { brand: { in: ["Ford"] }, id: { not: cars[0]!.id } };
      const hits = await engine.nearest({ filter, ...place, limit: 25 });
      expect(hits.map(({ id, shown }) => ({ id, shown }))).toEqual(
        expected.slice(0, 25).map(({ id, shown }) => ({ id, shown })),
      );
    },
  },
];
