import fc from "fast-check";
import { Listings, type Car } from "../../../services/listings/listings.contract.ts";
import { generateDemoCars } from "../../../services/listings/demo-cars.ts";
import { member, openStand, tucson, type Stand } from "./stand.ts";

let stand: Stand;
let all: Car[];
const offers = generateDemoCars(200, 7);
beforeAll(async () => {
  stand = await openStand();
  await Listings.importCars(stand.broker, { importId: "views", demo: true, cars: offers });
  all = (await told()).flatMap((change) => (change.removed ? [] : [change.car]));
});
afterAll(() => stand.close());

/** Everything that changes tells, read as a view reads it. */
async function told(limit = 33) {
  const found = [];
  for (let after: { changedAt: string; id: string } | undefined; ;) {
    const { changes } = await Listings.changes(stand.broker, { limit, ...(after && { after }) });
    found.push(...changes);
    const last = changes.at(-1);
    if (!last) return found;
    after = { changedAt: last.changedAt, id: last.id };
  }
}

test("changes lead through every car once", () => {
  expect(all).toHaveLength(200);
  expect(new Set(all.map(({ id }) => id)).size).toBe(200);
  const [first] = offers;
  expect(all.find(({ title }) => title === first!.title)).toMatchObject({ ...first, demo: true, sellerId: null });
});

test("cars are found by id, those that exist", async () => {
  const [a, b] = all;
  const { cars } = await Listings.carsById(stand.broker, {
    ids: [a!.id, "0193b5a0-7d3c-7c3e-9f5e-0d8f4d1c2b3a", b!.id],
  });
  expect(cars).toEqual(expect.arrayContaining([a, b]));
  expect(cars).toHaveLength(2);
  expect(await Listings.carsById(stand.broker, { ids: [] })).toEqual({ cars: [] });
});

const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
type Asked = Parameters<typeof Listings.browse>[1] & { sort: string };
const query: fc.Arbitrary<Asked> = fc.record({
  currency: fc.constantFrom("GBP", "KRW"),
  brand: optional(fc.constantFrom(["Ford"], ["Hyundai", "Kia"], ["Audi", "BMW", "Ford"])),
  fuelType: optional(fc.constantFrom<("Petrol" | "Diesel" | "Hybrid")[]>(["Petrol"], ["Diesel", "Hybrid"])),
  transmission: optional(fc.constant<"Manual"[]>(["Manual"])),
  minPrice: optional(fc.constantFrom(8000, 15_000)),
  maxPrice: optional(fc.constantFrom(12_000, 30_000)),
  minYear: optional(fc.constantFrom(2015, 2017)),
  maxYear: optional(fc.constantFrom(2016, 2019)),
  sort: fc.constantFrom("price_asc", "price_desc", "newest"),
  limit: fc.integer({ min: 1, max: 40 }),
});
const meets = (car: Car, asked: Asked) =>
  car.currency === asked.currency &&
  (["brand", "fuelType", "transmission"] as const).every(
    (field) => (asked[field] as string[] | undefined)?.includes(car[field]) ?? true,
  ) &&
  [car.price >= (asked.minPrice ?? 0), car.price <= (asked.maxPrice ?? Infinity)].every(Boolean) &&
  [car.year >= (asked.minYear ?? 0), car.year <= (asked.maxYear ?? Infinity)].every(Boolean);

test("browsing by any conditions and order shows exactly the cars that a look through all finds", async () => {
  await fc.assert(
    fc.asyncProperty(query, async (asked) => {
      const pages: Car[] = [];
      let cursor: string | null | undefined;
      do {
        const page = await Listings.browse(stand.broker, { ...asked, ...(cursor && { cursor }) });
        expect(page.total).toBe(all.filter((car) => meets(car, asked)).length);
        pages.push(...page.cars);
        cursor = page.nextCursor;
      } while (cursor);
      const ids = (cars: Car[]) => cars.map(({ id }) => id).sort();
      expect(ids(pages)).toEqual(ids(all.filter((car) => meets(car, asked))));
      const keys = pages.map(({ price, createdAt }) => (asked.sort === "newest" ? createdAt : price));
      const ordered = asked.sort === "price_asc" ? keys.toSorted(ascending) : keys.toSorted(ascending).reverse();
      expect(keys).toEqual(ordered);
    }),
    { numRuns: 60 },
  );
});
const ascending = (a: string | number, b: string | number) => (a < b ? -1 : a > b ? 1 : 0);

test("a cursor of another query is refused by its name", async () => {
  const { nextCursor } = await Listings.browse(stand.broker, { currency: "GBP", limit: 2 });
  const misused = Listings.browse(stand.broker, { currency: "KRW", limit: 2, cursor: nextCursor! });
  await expect(misused).rejects.toMatchObject({ type: "INVALID_INPUT", data: { errors: [{ path: "cursor" }] } });
});

describe("a batch of an import", () => {
  const rio = { ...tucson, brand: "Kia", model: "Rio", currency: "GBP" };
  const facts = async () => {
    const found = await Promise.all(stand.store.factSources().map((source) => source.unsentFacts(100)));
    return found.flat().filter(({ fact }) => fact.name === "listings.imported");
  };

  test("stores what is new, counts what is there, and tells of it once", async () => {
    const before = (await facts()).length;
    const cars = [rio, { ...rio, price: 1 }, { ...rio, brand: "KIA" }];
    const batch = { importId: "rios", cars };
    expect(await Listings.importCars(stand.broker, batch)).toEqual({ inserted: 2, duplicates: 1 });
    expect(await Listings.importCars(stand.broker, batch)).toEqual({ inserted: 0, duplicates: 3 });
    expect((await facts()).slice(before).map(({ fact }) => fact.payload)).toEqual([{ importId: "rios", inserted: 2 }]);
  });

  test("does not bring back a car that was taken off the market", async () => {
    const cars = [{ ...rio, price: 2 }];
    await Listings.importCars(stand.broker, { importId: "a", cars });
    const { cars: found } = await Listings.browse(stand.broker, { currency: "GBP", maxPrice: 2, minPrice: 2 });
    await Listings.removeCar(stand.broker, { id: found[0]!.id }, member(["moderator"]));
    expect(await Listings.importCars(stand.broker, { importId: "b", cars })).toEqual({ inserted: 0, duplicates: 1 });
    expect((await Listings.browse(stand.broker, { currency: "GBP", maxPrice: 2, minPrice: 2 })).total).toBe(0);
  });
});
