import {
  comparablePrice,
  mileageIn,
  modelInput,
  ratingOf,
  valuationOf,
} from "../../../services/prediction/domain/price-quote.ts";
import { Valuation, type PricedCar } from "../../../services/prediction/prediction.contract.ts";
import { CARD, EFFECTS, estimateOf } from "./estimates.ts";

const CAR: PricedCar = { brand: "Audi", model: "A6", year: 2017, mileage: 21_000, fuelType: "Diesel" };
const WON = { ...CAR, price: 18_000_000, currency: "KRW" };
const estimate = estimateOf({ median: 10_000.4, sigma: 0.1, missing: ["gearbox", "mpg"] });
const codes = (warnings: { code: string }[]) => warnings.map(({ code }) => code);
const value = (car: PricedCar, rates = {}) => valuationOf({ car, estimate, effects: EFFECTS }, CARD, rates);

test.each([
  ["miles by default, as the model's currency says", {}, 21_000],
  ["kilometres when said", { mileageUnit: "km" }, 13_048.8],
  ["kilometres with a price in won", { currency: "KRW" }, 13_048.8],
  ["miles when said, whatever the currency", { currency: "KRW", mileageUnit: "mi" }, 21_000],
  ["miles with dollars", { currency: "USD" }, 21_000],
] as const)("mileage is read in %s", (_, said, miles) => {
  expect(modelInput({ ...CAR, ...said }, "GBP").mileageMiles).toBeCloseTo(miles, 0);
});

test("mileages convert there and back", () => {
  expect(mileageIn("km", 10_000, "mi")).toBe(16_093);
  expect(mileageIn("mi", 16_093, "km")).toBe(10_000);
  expect(mileageIn("mi", 5, "mi")).toBe(5);
});

test.each([
  ["no price", CAR, {}, undefined],
  ["the model's currency", { ...CAR, price: 9000 }, {}, 9000],
  ["another currency without a rate", WON, { "USD/GBP": 0.8, "GBP/KRW": 1800 }, undefined],
  ["another currency with a rate", WON, { "KRW/GBP": 0.0005 }, 9000],
])("the comparable price of %s", (_, car, rates, expected) => {
  expect(comparablePrice(car, "GBP", rates)).toBe(expected);
});

test("a valuation is whole, fits its contract and adds up", () => {
  const valuation = value({ ...CAR, price: 8500 });
  expect(Valuation.parse(valuation)).toEqual(valuation);
  expect(valuation).toMatchObject({
    model: { name: "car-price", version: "7.0.0" },
    ...{ currency: "GBP", asOf: "2020-07", price: 10_000, low: 8188, high: 12_461, coverage: 0.8 },
    ...{ dealRating: "good", outOfDistribution: false, reasons: [] },
  });
  expect(valuation.contributions.reduce((sum, { effect }) => sum + effect, 0)).toBe(10_000);
  expect(valuation.contributions.map(({ feature }) => feature)).toContain("gearbox");
});

test("what was not said is named by the fields of the request", () => {
  expect(value(CAR).warnings).toEqual([expect.objectContaining({ code: "INPUTS_MISSING" })]);
  expect(value(CAR).warnings[0]!.message).toContain("transmission, mpg");
});

test("without an asking price there is no rating and no warning about it", () => {
  expect(value({ ...CAR, currency: "KRW" })).not.toHaveProperty("dealRating");
  expect(codes(value({ ...CAR, currency: "KRW" }).warnings)).toEqual(["INPUTS_MISSING"]);
});

test("a price in another currency is warned about and not rated, until a rate is set", () => {
  expect(value(WON)).not.toHaveProperty("dealRating");
  expect(codes(value(WON).warnings)).toContain("OTHER_CURRENCY");
  expect(value(WON, { "KRW/GBP": 0.0005 }).dealRating).toBe("good");
  expect(codes(value(WON, { "KRW/GBP": 0.0005 }).warnings)).not.toContain("OTHER_CURRENCY");
});

test("an unknown car is told so in reasons and warnings", () => {
  const outOfDistribution = [
    { field: "brand", reason: "unknown" },
    { field: "model", reason: "unknown" },
    { field: "mileageMiles", reason: "outsideRange" },
  ] as const;
  const odd = { ...estimate, outOfDistribution };
  const valuation = valuationOf({ car: CAR, estimate: odd, effects: EFFECTS }, CARD, {});
  expect(valuation).toMatchObject({ outOfDistribution: true, coverage: 0.8 });
  expect(codes(valuation.reasons)).toEqual(["UNKNOWN_BRAND", "UNKNOWN_MODEL", "UNUSUAL_MILEAGE"]);
  expect(valuation.reasons.map(({ field }) => field)).toEqual(["brand", "model", "mileage"]);
  expect(codes(valuation.warnings)).toEqual([...codes(valuation.reasons), "INPUTS_MISSING"]);
});

test("a price of an unknown brand is not rated, with a warning", () => {
  const outOfDistribution = [
    { field: "brand", reason: "unknown" },
    { field: "model", reason: "unknown" },
  ] as const;
  const car = { ...CAR, price: 100 };
  const unknown = { ...estimate, outOfDistribution };
  const valuation = valuationOf({ car, estimate: unknown, effects: EFFECTS }, CARD, {});
  expect(valuation).not.toHaveProperty("dealRating");
  expect(codes(valuation.warnings)).toContain("BRAND_NOT_RATED");
  expect(ratingOf(car, unknown, CARD, {})).toMatchObject({ dealRating: null, price: 10_000 });
  const unknownModelOnly = { ...estimate, outOfDistribution: outOfDistribution.slice(1) };
  expect(ratingOf(car, unknownModelOnly, CARD, {})).toMatchObject({ dealRating: "great" });
});

test("a rating is null in another currency and without a word in it when no price is asked", () => {
  expect(ratingOf(WON, estimate, CARD, {})).toBeNull();
  expect(ratingOf(CAR, estimate, CARD, {})).toEqual({ dealRating: null, price: 10_000, low: 8188, high: 12_461 });
  expect(ratingOf({ ...CAR, price: 13_000 }, estimate, CARD, {})?.dealRating).toBe("overpriced");
});
