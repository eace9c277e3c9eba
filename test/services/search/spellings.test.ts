import fc from "fast-check";
import { Search } from "../../../services/search/search.contract.ts";
import { openWorld, type World } from "../../world.ts";
import { offer, sell } from "./market.ts";

const SPELLINGS = [
  ["현대", "hyundai", "HYUNDAI", "Hyundai"],
  ["bmw", "BMW", "비엠더블유"],
  ["nobody known", "Nobody  Known", "NOBODY KNOWN"],
];
const MODELS = [
  ["tucson", "투싼", "Tucson"],
  ["zafira tourer", "Zafira Tourer", "ZAFIRA TOURER"],
  ["xy9", "XY9"],
];
const spelt = (names: string[][]) => fc.constantFrom(...names.flat());

let world: World;
beforeAll(async () => {
  world = await openWorld({ roles: ["listings", "search"] });
  const cars = fc.sample(fc.record({ brand: spelt(SPELLINGS), model: spelt(MODELS) }), { numRuns: 120, seed: 7 });
  await sell(
    world.broker,
    cars.map((car, at) => offer({ ...car, price: 10_000 + at })),
  );
});
afterAll(() => world.close());

const filter = (params: Parameters<typeof Search.filterCars>[1]) => Search.filterCars(world.broker, params);

test("one thing is one value, in facets and in figures", async () => {
  const { facets } = await filter({ facets: "brand,model" });
  expect(facets!.brand!.map(({ value }) => value).sort()).toEqual(["BMW", "Hyundai", "Nobody Known"]);
  expect(facets!.model!.map(({ value }) => value).sort()).toEqual(["Tucson", "XY9", "Zafira Tourer"]);
  const { brands } = await Search.topBrands(world.broker, {});
  expect(brands.map(({ brand, count }) => ({ value: brand, count }))).toEqual(facets!.brand);
  const { brands: averages } = await Search.brandAveragePrices(world.broker, {});
  expect(averages.map(({ brand }) => brand).sort()).toEqual(["BMW", "Hyundai", "Nobody Known"]);
  const { models } = await Search.brandModels(world.broker, { brand: "현대" });
  expect(models.map(({ model }) => model).sort()).toEqual(["Tucson", "XY9", "Zafira Tourer"]);
});

test("a facet's value gives exactly its count as a filter, in any of its spellings and whatever else is chosen", () =>
  fc.assert(
    fc.asyncProperty(fc.option(spelt(SPELLINGS)), fc.option(spelt(MODELS)), async (brand, model) => {
      const chosen = { ...(brand && { brand: [brand] }), ...(model && { model: [model] }) };
      const { facets } = await filter({ ...chosen, facets: "brand,model" });
      for (const { value, count } of facets!.brand!) {
        const spellings = SPELLINGS.find((names) =>
          names.some((name) => name.toLowerCase() === `${value}`.toLowerCase()),
        );
        for (const name of [`${value}`, ...spellings!])
          expect((await filter({ ...chosen, brand: [name] })).total).toBe(count);
      }
      for (const { value, count } of facets!.model!) {
        expect((await filter({ ...chosen, model: [`${value}`] })).total).toBe(count);
      }
    }),
    { numRuns: 25 },
  ));
