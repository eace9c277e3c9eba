import { z } from "zod";
import { contract, Id, Line } from "../../mixins/contract.ts";
import { failure } from "../../mixins/failure.ts";
import { ModelNotFound, ModelUnavailable, openInferenceActions } from "./open-inference.contract.ts";

export const Brand = Line(50).meta({ id: "Brand", examples: ["Hyundai"] });
export const CarModel = Line(50).meta({ id: "CarModel", examples: ["Tucson"] });
/** Year of first registration. Next year's cars are sold this year. */
export const Year = z
  .int()
  .min(1950)
  .max(new Date().getUTCFullYear() + 1)
  .meta({ id: "Year" });
export const FuelType = z.enum(["Petrol", "Diesel", "Hybrid", "Electric", "Other"]).meta({ id: "FuelType" });
export const Transmission = z.enum(["Manual", "Automatic", "Semi-Auto", "Other"]).meta({ id: "Transmission" });
export const Mileage = z.int().min(0).max(1_000_000).meta({ id: "Mileage", description: "In mileageUnit" });
export const MileageUnit = z
  .enum(["mi", "km"])
  .meta({ id: "MileageUnit", description: "Default: mi with GBP or USD, else km" });
export const EngineSizeLitres = z.number().min(0).max(10).meta({ description: "Litres; 0 = unknown or electric" });
export const Price = z.int().min(1).max(100_000_000_000).meta({ id: "Price", description: "Whole units of currency" });
export const Currency = z
  .string()
  .regex(/^[A-Z]{3}$/, "Three capital letters (ISO 4217)")
  .meta({ id: "Currency", examples: ["GBP", "KRW"] });
export const DealRating = z.enum(["great", "good", "fair", "high", "overpriced"]).meta({
  id: "DealRating",
  description:
    "Where the asking price falls in the predicted distribution, from below its 10 % to above its 90 % quantile",
});
export type FuelType = z.infer<typeof FuelType>;
export type Transmission = z.infer<typeof Transmission>;
export type MileageUnit = z.infer<typeof MileageUnit>;
export type DealRating = z.infer<typeof DealRating>;

/** What cars are quoted and compared in while no model answers. */
export const FALLBACK_CURRENCY = "GBP";
export const defaultMileageUnit = (currency: string): MileageUnit =>
  currency === "GBP" || currency === "USD" ? "mi" : "km";

/** What the model may know of a car. Only the first four fields are needed. */
export const carFields = {
  brand: Brand,
  model: CarModel,
  year: Year,
  mileage: Mileage,
  mileageUnit: MileageUnit.optional(),
  fuelType: FuelType,
  engineSize: EngineSizeLitres.optional(),
  transmission: Transmission.optional(),
  tax: z.number().min(0).max(10_000).optional().meta({ description: "GBP a year" }),
  mpg: z.number().min(0).max(1000).optional().meta({ description: "Miles per imperial gallon" }),
};
export const PricedCar = z
  .strictObject({
    ...carFields,
    price: Price.optional().meta({ description: "Asking price, to be rated" }),
    currency: Currency.optional().meta({ description: "Of the asking price; default: the model's" }),
  })
  .meta({ id: "PricedCar" });
export type PricedCar = z.infer<typeof PricedCar>;

export const Warning = z
  .strictObject({ code: z.string(), message: z.string(), field: z.string().optional() })
  .meta({ id: "Warning" });
export type Warning = z.infer<typeof Warning>;

export const ModelName = z.strictObject({ name: z.string(), version: z.string() }).meta({ id: "ModelName" });
export const Contribution = z
  .strictObject({
    feature: z.string(),
    effect: z.int().meta({ description: "Money; all effects add up to the price" }),
  })
  .meta({ id: "Contribution" });

const valuationFields = {
  model: ModelName,
  currency: Currency,
  asOf: z.string().meta({ description: "Month of the data behind the price", examples: ["2020-07"] }),
  price: Price.meta({ description: "Median of the predicted distribution" }),
  low: z.int().min(0),
  high: z.int().min(0),
  coverage: z.number().min(0).max(1).meta({ description: "Measured share of real prices between low and high" }),
  dealRating: DealRating.optional().meta({ description: "Absent without a comparable price, and for unknown brands" }),
  outOfDistribution: z.boolean(),
  reasons: z.array(Warning).meta({ description: "Why the car is outside what the model knows" }),
  contributions: z.array(Contribution),
  warnings: z.array(Warning),
};
/** A price with an honest range. */
export const Valuation = z.strictObject(valuationFields).meta({ id: "Valuation" });
export type Valuation = z.infer<typeof Valuation>;

export const Comparable = z
  .strictObject({
    id: Id,
    title: z.string(),
    year: z.int(),
    mileage: z.int(),
    mileageUnit: MileageUnit,
    price: Price,
    currency: Currency,
  })
  .meta({ id: "Comparable" });
export type Comparable = z.infer<typeof Comparable>;

export const Quote = z
  .strictObject({
    requestId: z.string(),
    ...valuationFields,
    attribution: z.enum(["path", "shap"]).meta({ description: "How the contributions were computed" }),
    comparables: z.array(Comparable),
    mileageUnit: MileageUnit.meta({ description: "Of the mileages in depreciation: as said, or read, in the request" }),
    depreciation: z.array(z.strictObject({ mileage: z.int(), price: Price })),
  })
  .meta({ id: "Quote", description: "A valuation with comparable cars and the price by mileage" });
export type Quote = z.infer<typeof Quote>;

const QuoteParams = PricedCar.extend({
  explain: z.enum(["path", "shap"]).default("path").meta({ description: "shap: exact, slower" }),
});

export { ModelNotFound, ModelUnavailable };
export const PredictionOverloaded = failure<{ retryAfterSeconds: number }>(
  "PREDICTION_OVERLOADED",
  503,
  "Too many prices are being explained at the moment",
);
const pricingFailures = [ModelUnavailable, PredictionOverloaded] as const;

/** What search keeps beside a listing. The rating is null where the car cannot be rated, as of an unknown brand. */
export const Rating = z.strictObject({ dealRating: DealRating.nullable(), price: Price, low: z.int(), high: z.int() });
export type Rating = z.infer<typeof Rating>;

const ExampleCar = { brand: "Audi", model: "A6", year: 2017, mileage: 21000, fuelType: "Diesel", engineSize: 3.0 };

export const Prediction = contract("prediction", {
  predict: {
    http: "POST /train/predict",
    auth: "public",
    idempotent: true,
    timeoutMs: 6000,
    summary: "Prices one car: a median, an 80 % range, what it rests on",
    params: QuoteParams,
    result: Quote,
    failures: pricingFailures,
    example: ExampleCar,
  },
  chart: {
    http: "GET /train/predict/chart.svg",
    auth: "public",
    idempotent: true,
    summary: "Draws comparable cars, the trend by mileage and this car",
    timeoutMs: 6000,
    produces: "image/svg+xml",
    params: PricedCar.extend({ lang: z.enum(["en", "ko"]).default("en") }),
    result: z.string(),
    failures: [ModelUnavailable],
    example: ExampleCar,
  },
  predictBatch: {
    http: "POST /train/predict/batch",
    auth: "public",
    idempotent: true,
    timeoutMs: 9000,
    maxBodyBytes: 500_000,
    large: true,
    summary: "Prices up to 1,000 cars in order; a bad car is reported in its place",
    params: z.strictObject({ cars: z.array(z.unknown()).min(1).max(1000) }),
    result: z.strictObject({
      predictions: z.array(
        z.union([
          Valuation,
          z.strictObject({ errors: z.array(z.strictObject({ path: z.string(), message: z.string() })) }),
        ]),
      ),
    }),
    failures: pricingFailures,
    example: { cars: [ExampleCar] },
  },
  model: {
    http: "GET /train/model",
    auth: "public",
    idempotent: true,
    summary: "The card of the serving model: data, figures, limits",
    params: z.strictObject({}),
    result: z.looseObject({ name: z.string(), version: z.string(), currency: Currency, asOf: z.string() }),
    failures: [ModelUnavailable],
  },
  value: {
    summary: "A valuation for another service, without comparables",
    idempotent: true,
    params: PricedCar,
    result: Valuation,
    failures: [ModelUnavailable],
  },
  rate: {
    summary: "Ratings of up to 1,000 asking prices in order; null where a price is in another currency",
    idempotent: true,
    timeoutMs: 15_000,
    params: z.strictObject({ cars: z.array(PricedCar).max(1000) }),
    result: z.strictObject({ model: ModelName, ratings: z.array(Rating.nullable()) }),
    failures: pricingFailures,
  },
  load: {
    summary:
      "For operators, on one node: makes a version serve until told otherwise; without one the newest, as at the start",
    timeoutMs: 30_000,
    params: z.strictObject({ version: z.string().min(1).max(64).optional() }),
    result: z.strictObject({ node: z.string(), model: ModelName }),
    failures: [ModelNotFound, ModelUnavailable],
  },
  health: {
    summary: "A round trip to a node that has a model ready",
    timeoutMs: 1500,
    params: z.strictObject({}),
    result: z.strictObject({ node: z.string(), model: ModelName }),
    failures: [ModelUnavailable],
  },
  ...openInferenceActions,
});
