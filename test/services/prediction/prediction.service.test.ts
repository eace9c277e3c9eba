import type { ServiceBroker, ServiceSchema } from "moleculer";
import { Prediction, type PricedCar } from "../../../services/prediction/prediction.contract.ts";
import { AUDI, CARD, predictionNode } from "./node.ts";

const sum = (shares: { effect: number }[]) => shares.reduce((total, { effect }) => total + effect, 0);
const codes = (warnings: { code: string }[]) => warnings.map(({ code }) => code);

const comparable = {
  id: "0193b5a0-7d3c-7c3e-9f5e-0d8f4d1c2b3a",
  title: "<script>",
  ...{ year: 2017, mileage: 20_000, mileageUnit: "mi" as const, price: 20_000, currency: "GBP" },
};
/** Search that answers with one car, or not at all when told to hang or fail. */
const asked: unknown[] = [];
let searchDoes: "answer" | "fail" | "hang" = "answer";
const search: ServiceSchema = {
  name: "search",
  actions: {
    async comparables(ctx) {
      asked.push(ctx.params);
      if (searchDoes === "fail") throw new Error("down");
      if (searchDoes === "hang") await new Promise(() => {});
      return { comparables: [comparable] };
    },
  },
};

let node: ServiceBroker;
beforeAll(async () => (node = await predictionNode({ beside: [search], fxRates: { "USD/GBP": 0.8 } })));
afterAll(() => node.stop());
beforeEach(() => (searchDoes = "answer"));

test("a prediction says what, in which money, of when, how sure and why", async () => {
  const quote = await Prediction.predict(node, AUDI);
  expect(quote).toMatchObject({
    model: { name: "car-price" },
    ...{ currency: "GBP", asOf: CARD.asOf, coverage: CARD.intervals.coverage, outOfDistribution: false },
    ...{ attribution: "path", comparables: [comparable] },
  });
  expect(quote.low).toBeLessThan(quote.price);
  expect(quote.high).toBeGreaterThan(quote.price);
  expect(sum(quote.contributions)).toBe(quote.price);
  expect(quote.depreciation).toHaveLength(25);
  expect(quote.depreciation[0]!.price).toBeGreaterThan(quote.depreciation.at(-1)!.price);
  expect(quote.requestId).toMatch(/^[\w-]{36}$/);
  expect(quote).not.toHaveProperty("dealRating");
});

test("the request id of the caller is taken over", async () => {
  const quote = await Prediction.predict(node, AUDI, { meta: { requestId: "abc" } });
  expect(quote.requestId).toBe("abc");
});

test("exact Shapley values add up to the same price as path attributions", async () => {
  const [path, shap] = await Promise.all([
    Prediction.predict(node, AUDI),
    Prediction.predict(node, { ...AUDI, explain: "shap" }),
  ]);
  expect(shap.attribution).toBe("shap");
  expect(shap.price).toBe(path.price);
  expect(sum(shap.contributions)).toBe(shap.price);
  expect(shap.contributions).not.toEqual(path.contributions);
  expect(shap.contributions.map(({ feature }) => feature)).toEqual(path.contributions.map(({ feature }) => feature));
  const typical = (quote: typeof shap) => quote.contributions.find(({ feature }) => feature === "typicalCar")!.effect;
  expect(Math.abs(typical(shap) - typical(path))).toBeLessThanOrEqual(2);
});

test.each(["fail", "hang"] as const)(
  "when search does %s the price comes without comparables, with a warning",
  async (what) => {
    searchDoes = what;
    const quote = await Prediction.predict(node, AUDI);
    expect(quote.comparables).toEqual([]);
    expect(codes(quote.warnings)).toContain("COMPARABLES_UNAVAILABLE");
    expect(await Prediction.chart(node, AUDI)).toContain("Comparable cars (0)");
  },
);

test("comparables are asked for in the model's currency", async () => {
  asked.length = 0;
  await Prediction.predict(node, { ...AUDI, price: 20_000, currency: "KRW" });
  expect(asked).toEqual([expect.objectContaining({ currency: "GBP", car: expect.objectContaining(AUDI) })]);
});

test.each([
  ["an unknown brand", { brand: "Kia", model: "Picanto" }, ["UNKNOWN_BRAND", "UNKNOWN_MODEL"]],
  ["an unknown model", { model: "A99" }, ["UNKNOWN_MODEL"]],
  ["a year after the data", { year: 2024 }, ["YEAR_OUTSIDE_DATA"]],
  ["a mileage far beyond the data", { mileage: 900_000 }, ["UNUSUAL_MILEAGE"]],
])("%s is priced from what is known, with reasons", async (_, said, reasons) => {
  const quote = await Prediction.predict(node, { ...AUDI, ...said });
  expect(quote.outOfDistribution).toBe(true);
  expect(codes(quote.reasons)).toEqual(reasons);
  expect(codes(quote.warnings)).toEqual(expect.arrayContaining(reasons));
  expect(quote.price).toBeGreaterThan(100);
  expect(quote.price).toBeLessThan(200_000);
});

test("the range of an unknown model is wider than that of any known one of its kind", async () => {
  const width = async (car: PricedCar) => {
    const { low, high, price } = await Prediction.value(node, car);
    return (high - low) / price;
  };
  expect(await width({ ...AUDI, model: "A99" })).toBeGreaterThan(await width(AUDI));
  expect(await width({ ...AUDI, year: 2024 })).toBeGreaterThan(await width({ ...AUDI, year: 2020 }));
});

test("the range of an unknown brand is wider than that of an unknown model, and no price in it is rated", async () => {
  const width = ({ low, high, price }: { low: number; high: number; price: number }) => (high - low) / price;
  const ferrari = { ...AUDI, brand: "Ferrari", model: "458", price: 100_000 };
  const unknownBrand = await Prediction.value(node, ferrari);
  expect(width(unknownBrand)).toBeGreaterThan(width(await Prediction.value(node, { ...AUDI, model: "Zonda" })));
  expect(unknownBrand).not.toHaveProperty("dealRating");
  const { ratings } = await Prediction.rate(node, { cars: [ferrari] });
  expect(ratings).toEqual([expect.objectContaining({ dealRating: null, price: unknownBrand.price })]);
});

test("values that no car has count as not said, and the answer says so", async () => {
  const implausible = await Prediction.value(node, { ...AUDI, engineSize: 0.1, tax: 10_000, mpg: 1000 });
  const { engineSize: _, ...unsaid } = AUDI;
  expect(implausible).toEqual(await Prediction.value(node, unsaid));
  expect(implausible.warnings.find(({ code }) => code === "INPUTS_MISSING")!.message).toContain("engineSize, tax, mpg");
});

test("the range far beyond the usual mileages is wider than within them", async () => {
  const width = async (mileage: number) => {
    const { low, high, price } = await Prediction.value(node, { ...AUDI, mileage });
    return (high - low) / price;
  };
  const usual = await width(100_000);
  for (const mileage of [150_000, 900_000]) expect(await width(mileage)).toBeGreaterThan(usual);
});

test("the rating follows the asking price, in another currency only by a rate", async () => {
  const { price, low, high } = await Prediction.value(node, AUDI);
  const ratings = await Promise.all(
    [low - 1, price, high + 1].map((price) => Prediction.value(node, { ...AUDI, price })),
  );
  expect(ratings.map(({ dealRating }) => dealRating)).toEqual(["great", "fair", "overpriced"]);
  const dollars = { ...AUDI, price: Math.round(price / 0.8), currency: "USD" };
  expect((await Prediction.value(node, dollars)).dealRating).toBe("fair");
  const won = await Prediction.value(node, { ...AUDI, price, currency: "KRW" });
  expect(won).not.toHaveProperty("dealRating");
  expect(codes(won.warnings)).toContain("OTHER_CURRENCY");
});

test("kilometres and miles of one distance give one price", async () => {
  const miles = await Prediction.value(node, { ...AUDI, mileage: 50_000, mileageUnit: "mi" });
  const kilometres = await Prediction.value(node, { ...AUDI, mileage: 80_467, mileageUnit: "km" });
  expect(kilometres.price).toBe(miles.price);
  const quote = await Prediction.predict(node, { ...AUDI, mileage: 80_467, mileageUnit: "km" });
  expect(quote.depreciation.at(-1)!.mileage).toBeGreaterThan(80_467);
});

test.each([
  ["mi", {}],
  ["km", { mileageUnit: "km" }],
  ["km", { currency: "KRW", price: 20_000_000 }],
] as const)("the unit of the mileages in a quote is named: %s for %j", async (unit, said) => {
  const { mileageUnit, depreciation } = await Prediction.predict(node, { ...AUDI, ...said });
  expect(mileageUnit).toBe(unit);
  const [inUnit, inOther] = await Promise.all(
    ([unit, unit === "km" ? "mi" : "km"] as const).map((mileageUnit) =>
      Prediction.value(node, { ...AUDI, mileage: depreciation[12]!.mileage, mileageUnit }),
    ),
  );
  expect(depreciation[12]!.price).toBe(inUnit!.price);
  expect(depreciation[12]!.price).not.toBe(inOther!.price);
});

test("a batch answers in order and reports bad cars in their places", async () => {
  const cars = [AUDI, { ...AUDI, year: -5, colour: "red" }, { ...AUDI, mileage: 90_000 }, null, "car", []];
  const { predictions } = await Prediction.predictBatch(node, { cars });
  const [audi, older] = [
    await Prediction.value(node, AUDI),
    await Prediction.value(node, { ...AUDI, mileage: 90_000 }),
  ];
  expect([predictions[0], predictions[2]]).toEqual([audi, older]);
  const paths = (at: number) => (predictions[at] as { errors: { path: string }[] }).errors.map(({ path }) => path);
  expect(paths(1)).toEqual(["year", "colour"]);
  expect(paths(3)).toEqual(["brand", "model", "year", "mileage", "fuelType"]);
  expect(paths(4)).toEqual([""]);
});

test("a batch of a thousand goes through the worker and gives the prices of singles", async () => {
  const cars = Array.from({ length: 1000 }, (_, index) => ({ ...AUDI, mileage: index * 100 }));
  const { predictions } = await Prediction.predictBatch(node, { cars });
  expect(predictions).toHaveLength(1000);
  expect(predictions[777]).toEqual(await Prediction.value(node, cars[777]!));
});

test("a thousand ratings agree with valuations", async () => {
  const cars = Array.from({ length: 1000 }, (_, index) => ({ ...AUDI, price: 10_000 + index * 30 }));
  const { model, ratings } = await Prediction.rate(node, {
    cars: [...cars.slice(1), { ...AUDI, price: 1, currency: "KRW" }],
  });
  expect(model.name).toBe("car-price");
  expect(ratings.at(-1)).toBeNull();
  const { dealRating, price, low, high } = await Prediction.value(node, cars[500]!);
  expect(ratings[499]).toEqual({ dealRating, price, low, high });
  expect(await Prediction.rate(node, { cars: [] })).toMatchObject({ ratings: [] });
});

test("the chart is drawn with the comparables, names escaped", async () => {
  const svg = await Prediction.chart(node, { ...AUDI, brand: "<b>&Co", lang: "ko" });
  expect(svg).toMatch(/^<svg /);
  expect(svg).toContain("비슷한 차 (1)");
  expect(svg).toContain("&lt;b&gt;&amp;Co");
  expect(svg).not.toContain("<b>");
});

test("the chart marks an asking price in the model's currency only", async () => {
  const asking = (currency: string) => Prediction.chart(node, { ...AUDI, price: 21_000, currency });
  expect(await asking("GBP")).toContain("Asking price £21,000");
  expect(await asking("USD")).not.toContain("Asking price");
});

test("the card and the health name the serving model", async () => {
  expect(await Prediction.model(node, {})).toMatchObject({
    name: "car-price",
    currency: "GBP",
    intervals: CARD.intervals,
  });
  expect(await Prediction.health(node, {})).toMatchObject({ node: "pricer", model: { name: "car-price" } });
});

const FAULTS: [string, object, string[]][] = [
  ["nothing", {}, ["brand", "model", "year", "mileage", "fuelType"]],
  ["negative numbers", { ...AUDI, year: -1, mileage: -1, tax: -1 }, ["year", "mileage", "tax"]],
  ["far numbers", { ...AUDI, year: 3000, mileage: 1e9, engineSize: 11 }, ["year", "mileage", "engineSize"]],
  ["NaN and infinity", { ...AUDI, mileage: NaN, mpg: Infinity }, ["mileage", "mpg"]],
  ["objects for names", { ...AUDI, brand: { $ne: "x" }, model: ["A6"] }, ["brand", "model"]],
  ["unknown fields", { ...AUDI, constructor: 1, extra: 2 }, ["constructor", "extra"]],
  ["what is no text in names", { ...AUDI, brand: "\u0000", model: "\ud800" }, ["brand", "model"]],
  ["a word for a currency", { ...AUDI, currency: "pounds" }, ["currency"]],
];
test.each(FAULTS)("%s is refused, naming every field", async (_, car, paths) => {
  const error = await node.call("prediction.predict", car).catch((error: unknown) => error);
  expect(error).toMatchObject({ type: "INVALID_INPUT", code: 422 });
  const { errors } = (error as { data: { errors: { path: string }[] } }).data;
  expect(errors.map(({ path }) => path)).toEqual(paths);
});

test.each(["__proto__", "constructor", "🚗".repeat(25), "' OR 1=1 --"])(
  "%j as brand and model is priced like any unknown name",
  async (name) => {
    const value = await Prediction.value(node, { ...AUDI, brand: name, model: name });
    expect(value.outOfDistribution).toBe(true);
    expect(sum(value.contributions)).toBe(value.price);
  },
);
