import fc from "fast-check";
import {
  carEncoder,
  encodeCar,
  FEATURE_GROUPS,
  FEATURES,
  type CarInput,
  type EncoderTable,
  type FeatureName,
} from "../../../services/prediction/domain/car-features.ts";

const model = (name: string, code: number, cars = 100) => ({
  name,
  code,
  cars,
  firstYear: 2012,
  lastYear: 2020,
  fuelTypes: ["Diesel", "Petrol"],
  coefficients: [9 + code, -0.1, -0.05, 0.2] as const,
});
const table: EncoderTable = {
  referenceYear: 2020,
  firstYear: 1996,
  lastYear: 2020,
  usualMileageMiles: { low: 10, high: 110_000 },
  market: [9, -0.1, -0.05, 0.25],
  brands: [
    {
      name: "Ford",
      coefficients: [8.75, -0.1, -0.05, 0.2],
      models: [model("KA", 1), model("Ka+", 2), model("Escort", 3, 4)],
    },
    { name: "Mercedes-Benz", coefficients: [9.75, -0.1, -0.05, 0.2], models: [model("C Class", 4)] },
  ],
};
const encoder = carEncoder(table);
const car: CarInput = {
  brand: "Ford",
  model: "KA",
  year: 2017,
  mileageMiles: 21_000,
  fuelType: "Petrol",
  transmission: "Manual",
  tax: 145,
  mpg: 55,
  engineSize: 1.2,
};
const feature = (change: Partial<CarInput>, name: FeatureName) =>
  encodeCar(encoder, { ...car, ...change }).features[FEATURES.indexOf(name)];
const oddities = (change: Partial<CarInput>) =>
  encodeCar(encoder, { ...car, ...change }).outOfDistribution.map(({ field, reason }) => `${field} ${reason}`);

test("a known car has a value for every feature and nothing odd", () => {
  const { features, outOfDistribution, known } = encodeCar(encoder, car);
  const expected = [3, 21_000, 145, 55, 1.2, 1, 0, 0, 1, 0, 0, 10, -0.1, -0.05, 0.2, 1].map(Math.fround);
  expect([...features]).toEqual(expected);
  expect(outOfDistribution).toEqual([]);
  expect(known).toEqual({ brand: "Ford", model: "KA" });
});

test.each([
  ["ford", "ka", "KA"],
  [" FORD ", " Ka ", "KA"],
  ["포드", "ka+", "Ka+"],
  ["focus", "KA +", "Ka+"],
  ["merc", "c class", "C Class"],
  ["Mercedes Benz", "C-Class", "C Class"],
  ["cclass", "CClass", "C Class"],
  ["벤츠", "C class", "C Class"],
])("%s %s is a %s", (brand, name, known) => {
  expect(encodeCar(encoder, { ...car, brand, model: name }).known.model).toBe(known);
});

test.each<[string, Partial<CarInput>, FeatureName, number]>([
  ["0 litres are unknown", { engineSize: 0 }, "engineSizeLitres", NaN],
  ["unless the car is electric", { engineSize: 0, fuelType: "electric" }, "engineSizeLitres", 0],
  ["an mpg below 8 is another unit", { mpg: 7.9 }, "mpg", NaN],
  ["a mpg that no car has is a slip", { mpg: 1000 }, "mpg", NaN],
  ["so is a tax", { tax: 10_000 }, "taxGbpPerYear", NaN],
  ["so is a tiny engine", { engineSize: 0.1 }, "engineSizeLitres", NaN],
  ["so is a huge one", { engineSize: 10 }, "engineSizeLitres", NaN],
  ["electric cars have no tiny engine either", { engineSize: 0.1, fuelType: "Electric" }, "engineSizeLitres", NaN],
  ["a range extender's engine is real", { engineSize: 0.6 }, "engineSizeLitres", Math.fround(0.6)],
  ["the highest tax of the data is real", { tax: 580 }, "taxGbpPerYear", 580],
  ["a plug-in's mpg is real", { mpg: 235 }, "mpg", 235],
  ["no tax is not known", { tax: undefined }, "taxGbpPerYear", NaN],
  ["but a tax of 0 is", { tax: 0 }, "taxGbpPerYear", 0],
  ["an unknown gearbox is no gearbox", { transmission: undefined }, "isManual", NaN],
  ["another gearbox is none of the three", { transmission: "Other" }, "isManual", 0],
  ["spelling of gearboxes is free", { transmission: "semi auto" }, "isSemiAuto", 1],
  ["an unknown model is worth what its brand is", { model: "Unheard of" }, "modelLevel", 8.75],
  ["and has no code", { model: "Unheard of" }, "modelCode", NaN],
  ["an unknown brand is worth what the market is", { brand: "Unheard of" }, "modelLevel", 9],
  ["a car younger than the data counts as new", { year: 2024 }, "ageYears", 0],
])("%s", (_, change, name, value) => {
  expect(feature(change, name)).toBe(value);
});

test.each<[Partial<CarInput>, string[]]>([
  [{ brand: "Tesla" }, ["brand unknown", "model unknown"]],
  [{ model: "Model 3" }, ["model unknown"]],
  [{ model: "Escort" }, ["model rare"]],
  [{ year: 2011 }, ["year outsideRange"]],
  [{ year: 2024 }, ["year outsideRange"]],
  [{ model: "Unheard of", year: 2011 }, ["model unknown"]],
  [{ model: "Unheard of", year: 1990 }, ["model unknown", "year outsideRange"]],
  [{ mileageMiles: 110_001 }, ["mileageMiles outsideRange"]],
  [{ fuelType: "Hybrid" }, ["fuelType unseenForModel"]],
  [{ fuelType: "diesel" }, []],
])("%j is odd: %j", (change, expected) => {
  expect(oddities(change)).toEqual(expected);
});

test("names that objects inherit are no brands", () => {
  expect(encodeCar(encoder, { ...car, brand: "constructor", model: "toString" }).known).toEqual({});
});

test("no text breaks the encoder, and every feature belongs to one group", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.string(), fc.string(), (brand, name, fuelType) => {
      expect(encodeCar(encoder, { ...car, brand, model: name, fuelType }).features).toHaveLength(FEATURES.length);
    }),
  );
  expect(Object.values(FEATURE_GROUPS).flat().sort()).toEqual([...FEATURES].sort());
});
