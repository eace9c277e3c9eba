import { Search } from "../../../services/search/search.contract.ts";
import { openWorld, type World } from "../../world.ts";
import { offer, sell, thousandsModel } from "./market.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld({ roles: ["listings", "search"] });
  world.broker.createService(thousandsModel({ version: "1", running: true }));
  await sell(world.broker, [
    offer({ brand: "Hyundai", model: "Tucson", year: 2016, price: 10_000, mileage: 50_000 }),
    offer({ brand: "Hyundai", model: "Tucson", year: 2018, price: 14_000, mileage: 20_000 }),
    offer({ brand: "Hyundai", model: "Kona", year: 2019, price: 16_000, fuelType: "Electric", engineSize: 0 }),
    offer({ brand: "Hyundai", model: "Grandeur", title: "Hyundai Grandeur 2.4", price: 12_000 }),
    offer({ brand: "현대", model: "그랜저", title: "현대 그랜저 무사고", price: 13_000 }),
    offer({ brand: "Ford", model: "Focus", year: 2017, price: 9_000, transmission: "Automatic" }),
    offer({ brand: "Ford", model: "Kuga", year: 2015, price: 8_000, mileage: 100_000, mileageUnit: "km" }),
    offer({ brand: "Kia", model: "K5", currency: "KRW", price: 21_000_000, mileageUnit: "km" }),
  ]);
});
afterAll(() => world.close());

describe("figures about the market", () => {
  test("brands, models and engine sizes", async () => {
    expect(await Search.topBrands(world.broker, { limit: 2 })).toEqual({
      brands: [
        { brand: "Hyundai", count: 5 },
        { brand: "Ford", count: 2 },
      ],
    });
    expect((await Search.brandModels(world.broker, { brand: "Ford" })).models).toEqual([
      { model: "Focus", count: 1 },
      { model: "Kuga", count: 1 },
    ]);
    expect(await Search.engineSizes(world.broker, { brand: "Hyundai", model: "Kona" })).toEqual({ engineSizes: [] });
    expect(await Search.engineSizes(world.broker, { brand: "hyundai", model: "tucson" })).toEqual({
      engineSizes: [1.6],
    });
  });

  test("the average price by year, of a brand or of one model", async () => {
    expect(await Search.depreciation(world.broker, { brand: "Hyundai", model: "Tucson" })).toEqual([
      { year: 2016, averagePrice: 10_000, count: 1 },
      { year: 2018, averagePrice: 14_000, count: 1 },
    ]);
    expect(await Search.depreciation(world.broker, { brand: "Nobody" })).toEqual([]);
  });

  test("prices in buckets; one that is too narrow is refused by name", async () => {
    expect(await Search.priceDistribution(world.broker, { brand: "현대" })).toEqual({
      currency: "GBP",
      bucket: 5000,
      buckets: [
        { from: 10_000, count: 4 },
        { from: 15_000, count: 1 },
      ],
    });
    const won = await Search.priceDistribution(world.broker, { brand: "기아", currency: "KRW" });
    expect(won).toEqual({ currency: "KRW", bucket: 5_000_000, buckets: [{ from: 20_000_000, count: 1 }] });
  });

  test("the dearest brands come first, with more cars before fewer", async () => {
    const { brands } = await Search.brandAveragePrices(world.broker, { limit: 2 });
    expect(brands).toEqual([
      { brand: "Hyundai", averagePrice: 13_000, count: 5 },
      { brand: "Ford", averagePrice: 8_500, count: 2 },
    ]);
  });

  test("similar cars are of the same model first, then of the brand at about the price, never the car itself", async () => {
    const { items } = await Search.filterCars(world.broker, { model: ["Tucson"], maxPrice: 10_000 });
    const similar = await Search.similarCars(world.broker, { id: items[0]!.id, limit: 3 });
    expect(similar.items.map(({ model, price }) => [model, price])).toEqual([
      ["Tucson", 14_000],
      ["Grandeur", 12_000],
    ]);
    const nobody = { id: "0193b5a0-7d3c-7c3e-9f5e-0d8f4d1c2b3a" };
    await expect(Search.similarCars(world.broker, nobody)).rejects.toMatchObject({ type: "CAR_NOT_FOUND", code: 404 });
  });

  test("comparables are cars of the same model, nearest in year and mileage first", async () => {
    const car = { brand: "Hyundai", model: "tucson", year: 2017, mileage: 48_000, fuelType: "Petrol" } as const;
    const { comparables } = await Search.comparables(world.broker, { car, currency: "GBP", limit: 5 });
    expect(comparables.map(({ year, mileage, mileageUnit }) => [year, mileage, mileageUnit])).toEqual([
      [2016, 50_000, "mi"],
      [2018, 20_000, "mi"],
    ]);
  });

  test("health tells the engine and how many cars it holds", async () => {
    expect(await Search.health(world.broker, {})).toEqual({ engine: "sqlite-fts5", cars: 8, catchingUp: false });
  });
});
