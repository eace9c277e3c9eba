import fc from "fast-check";
import {
  defaultTitle,
  editedFields,
  importKeyOf,
  mileageIn,
  offeredCar,
  type CarFields,
} from "../../../../services/listings/domain/car.ts";
import type { CarOffer } from "../../../../services/listings/listings.contract.ts";

const offer: CarOffer = {
  ...{ brand: "Hyundai", model: "Tucson", year: 2018, mileage: 32_000, fuelType: "Petrol", transmission: "Manual" },
  ...{ engineSize: 1.6, price: 14_500 },
};
const car: CarFields = offeredCar(offer, { currency: "GBP", sellerId: "somebody" });

describe("a car from an offer", () => {
  test("is on sale by its seller, in the market's currency, under a title of its own", () => {
    expect(car).toEqual({
      ...offer,
      ...{ kind: "car", status: "onSale", sellerId: "somebody", demo: false, currency: "GBP", mileageUnit: "mi" },
      ...{
        title: "2018 Hyundai Tucson",
        description: "",
        tax: null,
        mpg: null,
        accident: null,
        region: null,
        images: [],
      },
    });
  });

  test.each([
    ["GBP", "mi"],
    ["USD", "mi"],
    ["KRW", "km"],
    ["EUR", "km"],
  ])("in %s has gone its way in %s, unless it says otherwise", (currency, unit) => {
    expect(offeredCar({ ...offer, currency }, { currency: "GBP", sellerId: null }).mileageUnit).toBe(unit);
    const other = unit === "mi" ? "km" : "mi";
    const told = offeredCar({ ...offer, currency, mileageUnit: other }, { currency: "GBP", sellerId: null });
    expect(told.mileageUnit).toBe(other);
  });

  test("keeps what the seller says of it", () => {
    const said = { title: "One owner", description: "As new", tax: 20, mpg: 50.1, accident: true, region: "Leeds" };
    expect(offeredCar({ ...offer, ...said }, { currency: "GBP", sellerId: null })).toMatchObject(said);
  });

  test("has a title that is never longer than 100 characters and never ends in half a character", () => {
    const name = fc.string({ unit: "binary", minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(name, name, (brand, model) => {
        const title = defaultTitle({ year: 2018, brand, model });
        expect(Array.from(title).length).toBeLessThanOrEqual(100);
        expect(title.isWellFormed()).toBe(true);
      }),
    );
  });
});

describe("an edit", () => {
  test("changes what it names", () => {
    expect(editedFields(car, { price: 13_900, region: null })).toEqual({ price: 13_900, region: null });
  });

  test("of the model renames a car that has no title of its own", () => {
    expect(editedFields(car, { model: "Kona" })).toEqual({ model: "Kona", title: "2018 Hyundai Kona" });
    expect(editedFields({ ...car, title: "Bargain" }, { model: "Kona" })).toEqual({ model: "Kona" });
    expect(editedFields(car, { model: "Kona", title: "Mine" })).toEqual({ model: "Kona", title: "Mine" });
  });

  test.each([
    ["nothing at all", {}, [""]],
    ["nothing but absent fields", { price: undefined }, [""]],
    ["another currency without a price", { currency: "KRW" }, ["price"]],
    ["another unit without a mileage", { mileageUnit: "km" }, ["mileage"]],
    ["both", { currency: "KRW", mileageUnit: "km" }, ["price", "mileage"]],
  ] as const)("of %s is refused by the name of the field", (_, patch, paths) => {
    const faults = paths.map((path) => expect.objectContaining({ path }));
    expect(() => editedFields(car, patch as object)).toThrow(
      expect.objectContaining({ type: "INVALID_INPUT", data: { errors: faults } }),
    );
  });

  test.each([
    { currency: "GBP" },
    { mileageUnit: "mi" },
    { currency: "KRW", price: 20_000_000 },
    { mileageUnit: "km", mileage: 50_000 },
  ] as const)("that leaves price and mileage clear is taken: %j", (patch) => {
    expect(editedFields(car, patch)).toEqual(patch);
  });
});

describe("the key of an imported car", () => {
  test("is the same for the same car in other capitals, and another for any other figure", () => {
    const shouted = { ...offer, brand: "HYUNDAI", model: "tucson" };
    expect(importKeyOf(offeredCar(shouted, { currency: "GBP", sellerId: null }))).toBe(importKeyOf(car));
    const others: Partial<CarFields>[] = [
      ...[{ year: 2017 }, { mileage: 1 }, { mileageUnit: "km" as const }, { price: 1 }, { currency: "KRW" }],
      ...[{ tax: 0 }, { mpg: 0 }, { engineSize: 0 }, { demo: true }, { model: "Kona" }, { title: "x" }],
    ];
    const keys = new Set([car, ...others.map((other) => ({ ...car, ...other }))].map(importKeyOf));
    expect(keys.size).toBe(others.length + 1);
  });
});

describe("a mileage", () => {
  test("of 100 miles is 161 km, and of 100 km 62 miles", () => {
    expect(mileageIn("km", { mileage: 100, mileageUnit: "mi" })).toBe(161);
    expect(mileageIn("mi", { mileage: 100, mileageUnit: "km" })).toBe(62);
    expect(mileageIn("mi", { mileage: 100, mileageUnit: "mi" })).toBe(100);
  });

  test("in miles comes back from kilometres unchanged", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), (miles) => {
        const km = mileageIn("km", { mileage: miles, mileageUnit: "mi" });
        expect(mileageIn("mi", { mileage: km, mileageUnit: "km" })).toBe(miles);
      }),
    );
  });
});
