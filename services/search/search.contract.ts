import { z } from "zod";
import { change, contract, Id, staleOn, Time, type CacheRule } from "../../mixins/contract.ts";
import { failure } from "../../mixins/failure.ts";
import { Cursor, pageOf, pageParams } from "../../mixins/paging.ts";
import { Car, CarNotFound } from "../listings/listings.contract.ts";
import {
  Brand,
  CarModel,
  Comparable,
  Currency,
  DealRating,
  FuelType,
  Mileage,
  MileageUnit,
  Price,
  PricedCar,
  Transmission,
  Year,
} from "../prediction/prediction.contract.ts";

const SORTS = [
  "price_asc",
  "price_desc",
  "year_asc",
  "year_desc",
  "mileage_asc",
  "mileage_desc",
  "newest",
  "relevance",
] as const;
export const CarSort = z.enum(SORTS).meta({ id: "CarSort" });
export type CarSort = z.infer<typeof CarSort>;
export const FACETS = ["brand", "model", "fuelType", "transmission", "year", "dealRating"] as const;
const Facets = z
  .string()
  .max(200)
  .regex(new RegExp(`^(${FACETS.join("|")})(,(${FACETS.join("|")}))*$`), `Comma list of ${FACETS.join(", ")}`)
  .meta({ examples: ["brand,model,year"] });

const SearchText = z
  .string()
  .trim()
  .regex(/\S/, "At least one letter")
  .max(200)
  .meta({ description: "Korean or English words" });
const market = {
  currency: Currency.optional().meta({
    description: "Default: the serving model's; words that find nothing in it are looked for in the market's",
  }),
  mileageUnit: MileageUnit.optional(),
};
const several = <T extends z.ZodType>(value: T) => z.array(value).min(1).max(50).optional();

/** Conditions on cars; values of one field mean OR, fields mean AND, ranges are inclusive. */
export const carFilters = {
  brand: several(Brand),
  model: several(CarModel),
  fuelType: several(FuelType),
  transmission: several(Transmission),
  dealRating: several(DealRating),
  minPrice: Price.optional(),
  maxPrice: Price.optional(),
  minYear: Year.optional(),
  maxYear: Year.optional(),
  minMileage: Mileage.optional(),
  maxMileage: Mileage.optional(),
};

export const CarHit = z
  .strictObject({
    ...Car.pick({
      id: true,
      kind: true,
      version: true,
      title: true,
      brand: true,
      model: true,
      year: true,
      mileage: true,
      mileageUnit: true,
      fuelType: true,
      transmission: true,
      engineSize: true,
      price: true,
      currency: true,
      region: true,
      demo: true,
      createdAt: true,
    }).shape,
    mileage: z.int().min(0).meta({ description: "In mileageUnit, converted when another unit was asked for" }),
    dealRating: DealRating.nullable(),
    highlight: z.string().optional().meta({ description: "The title as HTML, escaped, with matches in <em>" }),
  })
  .meta({ id: "CarHit" });
export type CarHit = z.infer<typeof CarHit>;

export const FacetValue = z
  .strictObject({ value: z.union([z.string(), z.int()]), count: z.int().min(1) })
  .meta({ id: "FacetValue" });

export const CarPage = z
  .strictObject({
    ...pageOf(CarHit),
    currency: Currency.meta({ description: "Of all cars found" }),
    nextCursor: Cursor.nullable(),
    facets: z.record(z.string(), z.array(FacetValue)).optional(),
    didYouMean: z.string().optional().meta({ description: "The words that were searched instead" }),
    degraded: z.boolean().optional().meta({ description: "The search engine is down; a plain list answers" }),
  })
  .meta({ id: "CarPage" });
export type CarPage = z.infer<typeof CarPage>;

export const SearchUnavailable = failure("SEARCH_UNAVAILABLE", 503, "The search engine does not answer");
export const SearchOverloaded = failure<{ retryAfterSeconds: number }>(
  "SEARCH_OVERLOADED",
  503,
  "The search engine is busy",
);
export const TooDeep = failure("DEEP_PAGING", 422, "page × size ends at 10,000; go on with the cursor");
export const CursorMismatch = failure("CURSOR_MISMATCH", 422, "The cursor belongs to another query");

/** How far a new index is; `written` counts those that the index took, `total` the cars on sale when it began. */
export const Reindexing = z.strictObject({
  state: z.enum(["idle", "running", "done"]).meta({ description: "idle: no new index was asked for so far" }),
  read: z.int().meta({ description: "Changes read from the listings" }),
  written: z.int(),
  total: z.int().optional(),
  startedAt: Time.optional(),
  finishedAt: Time.optional(),
  error: z.string().optional().meta({ description: "Why it does not go on at the moment; it is tried again" }),
});
export type Reindexing = z.infer<typeof Reindexing>;

const Drift = z.array(Id).max(100);
/** The index against its owner. The lists hold up to 100 ids of what `found` counts. */
export const Audit = z.strictObject({
  owner: z.int().meta({ description: "Cars on sale" }),
  index: z.int().meta({ description: "Cars in the index" }),
  sampled: z.int().meta({ description: "Cars whose version was compared" }),
  complete: z.boolean().meta({ description: "Every car was compared, not a sample" }),
  missing: Drift.meta({ description: "On sale, not in the index" }),
  stale: Drift.meta({ description: "In the index in another version" }),
  surplus: Drift.meta({ description: "In the index, not on sale" }),
  found: z.strictObject({ missing: z.int(), stale: z.int(), surplus: z.int() }),
  repaired: z.int(),
});
export type Audit = z.infer<typeof Audit>;

const searchFailures = [SearchUnavailable, SearchOverloaded] as const;
const Brands = z.array(z.strictObject({ brand: Brand, count: z.int() }));

/** The index took over cars: figures about the market are counted again. */
export const CarsIndexed = change("search.carsIndexed");
/** Figures count thousands of cars and are the same for everybody; they hold no mileages. */
const figures = (...keys: string[]): CacheRule => ({
  keys: ["currency", ...keys],
  regardlessOf: ["mileageUnit"],
  ttlSeconds: 10,
  staleOn: () => [staleOn(CarsIndexed)],
});

export const Search = contract("search", {
  filterCars: {
    http: "GET /cars/filter-search",
    auth: "public",
    idempotent: true,
    summary: "Filters, sorts and counts cars; words may be Korean or English",
    params: z.strictObject({
      ...carFilters,
      ...market,
      q: SearchText.optional(),
      sort: CarSort.optional().meta({ description: "Default: relevance with words, else price_asc" }),
      ...pageParams,
      cursor: Cursor.optional(),
      facets: Facets.optional(),
    }),
    result: CarPage,
    failures: [...searchFailures, TooDeep, CursorMismatch],
    example: { brand: ["Hyundai"], minYear: 2017, sort: "price_asc", facets: "model,fuelType" },
  },
  searchCars: {
    http: "GET /cars/search",
    auth: "public",
    idempotent: true,
    summary: "Finds cars by words, best match first",
    params: z.strictObject({ q: SearchText, ...market, ...pageParams, cursor: Cursor.optional() }),
    result: CarPage,
    failures: [...searchFailures, TooDeep, CursorMismatch],
    example: { q: "현대 그랜저" },
  },
  suggest: {
    http: "GET /cars/suggest",
    auth: "public",
    idempotent: true,
    summary: "Completes what is being typed, forgiving slips",
    params: z.strictObject({ q: SearchText, ...market, limit: z.int().min(1).max(20).default(8) }),
    result: z.strictObject({ suggestions: z.array(z.strictObject({ text: z.string(), count: z.int() })) }),
    failures: searchFailures,
    example: { q: "hyun" },
  },
  topBrands: {
    http: "GET /cars/top-brands",
    auth: "public",
    idempotent: true,
    cache: figures("limit"),
    summary: "The brands with most cars on sale",
    params: z.strictObject({ ...market, limit: z.int().min(1).max(50).default(10) }),
    result: z.strictObject({ brands: Brands }),
    failures: searchFailures,
  },
  brandModels: {
    http: "GET /cars/brand-models",
    auth: "public",
    idempotent: true,
    cache: figures("brand", "limit"),
    summary: "The models of a brand by number of cars",
    params: z.strictObject({ brand: Brand, ...market, limit: z.int().min(1).max(200).default(50) }),
    result: z.strictObject({ models: z.array(z.strictObject({ model: CarModel, count: z.int() })) }),
    failures: searchFailures,
    example: { brand: "Hyundai" },
  },
  engineSizes: {
    http: "GET /cars/engine-sizes",
    auth: "public",
    idempotent: true,
    cache: figures("brand", "model", "fuelType"),
    summary: "The engine sizes of a model in litres, ascending; 0 (unknown) left out",
    params: z.strictObject({ brand: Brand, model: CarModel, fuelType: FuelType.optional(), ...market }),
    result: z.strictObject({ engineSizes: z.array(z.number()) }),
    failures: searchFailures,
    example: { brand: "Hyundai", model: "Tucson" },
  },
  priceDistribution: {
    http: "GET /cars/price-distribution",
    auth: "public",
    idempotent: true,
    cache: figures("brand", "model", "bucket"),
    summary: "How many cars cost how much, in buckets",
    params: z.strictObject({
      brand: Brand,
      model: CarModel.optional(),
      bucket: z
        .int()
        .min(1)
        .max(1_000_000_000)
        .optional()
        .meta({ description: "Width in money; default 5,000 (GBP) or 5,000,000 (KRW)" }),
      ...market,
    }),
    result: z.strictObject({
      currency: Currency,
      bucket: z.int(),
      buckets: z.array(z.strictObject({ from: z.int(), count: z.int() })),
    }),
    failures: searchFailures,
    example: { brand: "Hyundai" },
  },
  depreciation: {
    http: "GET /cars/depreciation",
    auth: "public",
    idempotent: true,
    cache: figures("brand", "model"),
    summary: "Average asking price by year of registration",
    params: z.strictObject({ brand: Brand, model: CarModel.optional(), ...market }),
    result: z.array(z.strictObject({ year: z.int(), averagePrice: z.number(), count: z.int() })),
    failures: searchFailures,
    example: { brand: "Hyundai", model: "Tucson" },
  },
  brandAveragePrices: {
    http: "GET /cars/brand-avg-prices",
    auth: "public",
    idempotent: true,
    cache: figures("limit"),
    summary: "The brands with the highest average price",
    params: z.strictObject({ ...market, limit: z.int().min(1).max(50).default(5) }),
    result: z.strictObject({
      currency: Currency,
      brands: z.array(z.strictObject({ brand: Brand, averagePrice: z.number(), count: z.int() })),
    }),
    failures: searchFailures,
  },
  similarCars: {
    http: "GET /cars/similar",
    auth: "public",
    idempotent: true,
    summary: "Cars like a given one",
    params: z.strictObject({ id: Id, ...market, limit: z.int().min(1).max(50).default(5) }),
    result: z.strictObject({ items: z.array(CarHit) }),
    failures: [...searchFailures, CarNotFound],
  },
  comparables: {
    summary: "Cars on sale that show what a described car is worth: same model, near in year and mileage",
    idempotent: true,
    params: z.strictObject({ car: PricedCar, currency: Currency, limit: z.int().min(1).max(100) }),
    result: z.strictObject({ comparables: z.array(Comparable) }),
    failures: searchFailures,
  },
  reindex: {
    summary: "For operators: fills a new index from the listings while the present one answers; one at a time",
    idempotent: true,
    timeoutMs: 15_000,
    params: z.strictObject({}),
    result: Reindexing,
    failures: searchFailures,
  },
  reindexStatus: {
    summary: "How far the new index is, or how the last one ended",
    idempotent: true,
    params: z.strictObject({}),
    result: Reindexing,
    failures: searchFailures,
  },
  audit: {
    summary:
      "For operators: compares the index with the listings by counts and samples; repairs what differs if asked to",
    timeoutMs: 600_000,
    params: z.strictObject({ sample: z.int().min(1).max(10_000).default(200), repair: z.boolean().default(false) }),
    result: Audit,
    failures: searchFailures,
  },
  health: {
    summary: "Whether the engine answers, and how many cars it holds",
    timeoutMs: 1500,
    params: z.strictObject({}),
    result: z.strictObject({
      engine: z.string(),
      cars: z.int(),
      catchingUp: z.boolean().meta({ description: "The view has not reached the owner's end since its start" }),
    }),
    failures: searchFailures,
  },
});
