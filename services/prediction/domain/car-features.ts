import { brandKey, modelKey, nameKey } from "./car-names.ts";

/** A car as people describe it. What is left out is not known; the model has learnt to do without. */
export type CarInput = {
  brand: string;
  model: string;
  year: number;
  mileageMiles: number;
  fuelType: string;
  transmission?: string | undefined;
  /** Vehicle tax in GBP a year. */
  tax?: number | undefined;
  /** Miles per imperial gallon. */
  mpg?: number | undefined;
  /** Litres. */
  engineSize?: number | undefined;
};

/** Shrunk regression of log price: at the market's mean car, per year, per 10,000 miles, per litre. */
export type Coefficients = readonly [level: number, age: number, mileage: number, engine: number];

export type KnownModel = {
  name: string;
  /** Position in the list of all models, brand by brand and cheap to dear. */
  code: number;
  cars: number;
  firstYear: number;
  lastYear: number;
  fuelTypes: readonly string[];
  coefficients: Coefficients;
};
export type KnownBrand = { name: string; coefficients: Coefficients; models: readonly KnownModel[] };

/** What training learnt about names and ranges: encoder.json of a model version. */
export type EncoderTable = {
  /** Ages are counted back from this year, the year of the data. */
  referenceYear: number;
  firstYear: number;
  lastYear: number;
  /** The 0.5 % and 99.5 % quantiles of mileage in the training data. */
  usualMileageMiles: { low: number; high: number };
  market: Coefficients;
  brands: readonly KnownBrand[];
};

/** The features in the order in which the model expects them. */
export const FEATURES = [
  "ageYears",
  "mileageMiles",
  "taxGbpPerYear",
  "mpg",
  "engineSizeLitres",
  "isPetrol",
  "isDiesel",
  "isHybrid",
  "isManual",
  "isAutomatic",
  "isSemiAuto",
  "modelLevel",
  "modelAgeSlope",
  "modelMileageSlope",
  "modelEngineSlope",
  "modelCode",
] as const;
export type FeatureName = (typeof FEATURES)[number];

/** Features as a person thinks of them. */
export const FEATURE_GROUPS = {
  model: ["modelLevel", "modelAgeSlope", "modelMileageSlope", "modelEngineSlope", "modelCode"],
  age: ["ageYears"],
  mileage: ["mileageMiles"],
  gearbox: ["isManual", "isAutomatic", "isSemiAuto"],
  fuel: ["isPetrol", "isDiesel", "isHybrid"],
  engine: ["engineSizeLitres"],
  tax: ["taxGbpPerYear"],
  mpg: ["mpg"],
} as const satisfies Record<string, readonly FeatureName[]>;
export type FeatureGroup = keyof typeof FEATURE_GROUPS;

/** Why a car is outside what the model knows. */
export type OutOfDistribution = {
  field: "brand" | "model" | "year" | "mileageMiles" | "fuelType";
  reason: "unknown" | "rare" | "outsideRange" | "unseenForModel";
};

export type EncodedCar = {
  /** One value for each of FEATURES, exact in 32 bits; NaN where not known. */
  features: Float32Array;
  outOfDistribution: OutOfDistribution[];
  /** The names under which the model knows the car. */
  known: { brand?: string; model?: string };
};

type BrandEntry = { brand: KnownBrand; models: ReadonlyMap<string, KnownModel> };
/** An encoder table with its names indexed. */
export type CarEncoder = { table: EncoderTable; brands: ReadonlyMap<string, BrandEntry> };

/** Models with fewer cars than this in training are answered with a warning. */
const ENOUGH_CARS = 30;
/**
 * What cars can have, as far as the model can tell: beyond it a value is a slip or in another unit, and counts as not
 * said. The data end at 470.8 mpg (a plug-in), £580 a year and 0.6 and 6.6 litres; below 8 mpg the source gives another
 * unit (or nothing).
 */
const PLAUSIBLE = {
  mpg: { low: 8, high: 500 },
  taxGbpPerYear: { low: 0, high: 1000 },
  engineSizeLitres: { low: 0.5, high: 8.5 },
};

/** Indexes the names of an encoder table. */
export function carEncoder(table: EncoderTable): CarEncoder {
  const entry = (brand: KnownBrand): [string, BrandEntry] => [
    brandKey(brand.name),
    { brand, models: new Map(brand.models.map((model) => [modelKey(model.name), model])) },
  ];
  return { table, brands: new Map(table.brands.map(entry)) };
}

/**
 * Turns a car into the model's features, the same way in training and in serving. Never throws on odd values:
 * what cannot be meant is treated as unknown (0 litres unless electric, what is not PLAUSIBLE).
 * Cars younger than the data (say of 2024 where the data end in 2020) count as new: their price is that of a new
 * car in the money of the data, and the year is reported as out of range.
 */
export function encodeCar(encoder: CarEncoder, car: CarInput): EncodedCar {
  const { table, brands } = encoder;
  const entry = brands.get(brandKey(car.brand));
  const model = entry?.models.get(modelKey(car.model));
  const coefficients = model?.coefficients ?? entry?.brand.coefficients ?? table.market;
  const fuel = nameKey(car.fuelType);
  const features = Float32Array.of(
    Math.max(0, table.referenceYear - car.year),
    car.mileageMiles,
    plausible(car.tax, PLAUSIBLE.taxGbpPerYear),
    plausible(car.mpg, PLAUSIBLE.mpg),
    knownEngineSize(car.engineSize, fuel),
    ...flags(["petrol", "diesel", "hybrid"], fuel),
    ...flags(["manual", "automatic", "semiauto"], nameKey(car.transmission ?? "")),
    ...coefficients,
    model?.code ?? NaN,
  );
  const known = { ...(entry && { brand: entry.brand.name }), ...(model && { model: model.name }) };
  return { features, outOfDistribution: reasons(table, car, entry, model), known };
}

/** One flag per name; all unknown when the value is. */
const flags = (names: readonly string[], value: string): number[] =>
  names.map((name) => (value === "" ? NaN : Number(value === name)));

const plausible = (value: number | undefined, { low, high }: { low: number; high: number }): number =>
  value !== undefined && value >= low && value <= high ? value : NaN;

const knownEngineSize = (litres: number | undefined, fuel: string): number =>
  litres === 0 && fuel === "electric" ? 0 : plausible(litres, PLAUSIBLE.engineSizeLitres);

function reasons(table: EncoderTable, car: CarInput, entry?: BrandEntry, model?: KnownModel): OutOfDistribution[] {
  const found: OutOfDistribution[] = [];
  if (!entry) found.push({ field: "brand", reason: "unknown" });
  if (!model) found.push({ field: "model", reason: "unknown" });
  else if (model.cars < ENOUGH_CARS) found.push({ field: "model", reason: "rare" });
  const { firstYear, lastYear } = model ?? table;
  if (car.year < firstYear || car.year > lastYear) found.push({ field: "year", reason: "outsideRange" });
  const { low, high } = table.usualMileageMiles;
  if (car.mileageMiles < low || car.mileageMiles > high) found.push({ field: "mileageMiles", reason: "outsideRange" });
  const fuel = nameKey(car.fuelType);
  if (model && !model.fuelTypes.some((seen) => nameKey(seen) === fuel))
    found.push({ field: "fuelType", reason: "unseenForModel" });
  return found;
}
