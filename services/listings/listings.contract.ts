import { z } from "zod";
import { contract, fact, Id, IfMatch, Line, NoContent, staleOn, Time, Version } from "../../mixins/contract.ts";
import { failure, Forbidden, VersionConflict } from "../../mixins/failure.ts";
import { Cursor } from "../../mixins/paging.ts";
import { personalData } from "../../mixins/personal-data.ts";
import {
  Brand,
  carFields,
  CarModel,
  Currency,
  DealRating,
  EngineSizeLitres,
  FuelType,
  Mileage,
  MileageUnit,
  Price,
  Transmission,
  Valuation,
  Warning,
  Year,
} from "../prediction/prediction.contract.ts";

export const ListingId = Id;
export const ListingStatus = z.enum(["onSale", "reserved", "sold", "hidden", "deleted"]).meta({ id: "ListingStatus" });

const Title = Line(100);
const Description = z
  .string()
  .trim()
  .regex(
    /^(?:[^\p{Cc}\p{Cs}]|[\n\r\t]){0,5000}$/u,
    "At most 5000 characters, no control characters but line breaks and tabs",
  );
const Region = Line(100);
const ImageUrl = z.url({ protocol: /^https?$/ }).max(500);

/** What a seller says of a car. */
export const CarOffer = z
  .strictObject({
    ...carFields,
    transmission: Transmission,
    engineSize: EngineSizeLitres,
    price: Price,
    currency: Currency.optional().meta({ description: "Default: the serving model's" }),
    title: Title.optional().meta({ description: "Default: year, brand and model" }),
    description: Description.optional(),
    accident: z.boolean().optional().meta({ description: "The car had an accident" }),
    region: Region.optional(),
    images: z.array(ImageUrl).max(20).optional(),
  })
  .meta({ id: "CarOffer" });
export type CarOffer = z.infer<typeof CarOffer>;

/** A car as it is stored and told to other services. */
export const Car = z
  .strictObject({
    id: ListingId,
    kind: z.literal("car"),
    version: Version,
    sellerId: Id.nullable().meta({ description: "null: imported by the market itself" }),
    status: ListingStatus,
    demo: z.boolean().meta({ description: "Generated for demonstration; no such car exists" }),
    brand: Brand,
    model: CarModel,
    year: Year,
    mileage: Mileage,
    mileageUnit: MileageUnit,
    fuelType: FuelType,
    transmission: Transmission,
    engineSize: EngineSizeLitres,
    price: Price,
    currency: Currency,
    title: z.string(),
    description: z.string(),
    tax: z.number().nullable(),
    mpg: z.number().nullable(),
    accident: z.boolean().nullable(),
    region: z.string().nullable(),
    images: z.array(z.string()),
    createdAt: Time,
    changedAt: Time,
  })
  .meta({ id: "Car" });
export type Car = z.infer<typeof Car>;

/** What an owner may change; null empties a field that may be unknown. */
export const CarPatch = CarOffer.extend({
  tax: CarOffer.shape.tax.unwrap().nullable(),
  mpg: CarOffer.shape.mpg.unwrap().nullable(),
  accident: z.boolean().nullable(),
  region: Region.nullable(),
})
  .partial()
  .meta({ id: "CarPatch" });
export type CarPatch = z.infer<typeof CarPatch>;

export const CarDetail = z
  .strictObject({
    ...Car.shape,
    mileage: z.int().min(0).meta({ description: "In mileageUnit, converted when another unit was asked for" }),
    prediction: Valuation.nullable(),
    dealRating: DealRating.nullable(),
    warnings: z.array(Warning),
  })
  .meta({ id: "CarDetail", description: "A car with what it is worth" });
export type CarDetail = z.infer<typeof CarDetail>;

export const CarNotFound = failure("CAR_NOT_FOUND", 404, "There is no such car");

/** One batch of an import arrived; views catch up by sweeping. */
export const ListingsImported = fact("listings.imported", z.object({ importId: z.string(), inserted: z.int() }));
/** A listing was published, edited or removed; `version` orders facts about one listing. */
export const ListingChanged = fact("listings.changed", z.object({ listingId: ListingId, version: Version }), {
  about: ({ listingId }) => [listingId],
});

/** A member's listing is on sale from now on, or is so no longer; those of the market's own have no seller to tell. */
const OnSale = z.strictObject({ listingId: ListingId, sellerId: Id });
const orderedBySeller = { orderedBy: ({ sellerId }: z.infer<typeof OnSale>) => sellerId };
export const ListingPublished = fact("listings.published", OnSale, orderedBySeller);
export const ListingRemoved = fact("listings.removed", OnSale, orderedBySeller);

const several = <T extends z.ZodType>(value: T) => z.array(value).min(1).max(50).optional();
const Position = z.strictObject({ changedAt: z.string(), id: z.string() });

export const Listings = contract("listings", {
  publishCar: {
    http: "POST /cars",
    auth: "member",
    status: 201,
    summary: "Offers a car for sale and tells what it is worth",
    params: CarOffer,
    result: CarDetail,
    example: {
      brand: "Hyundai",
      model: "Tucson",
      year: 2018,
      mileage: 32000,
      fuelType: "Petrol",
      transmission: "Manual",
      engineSize: 1.6,
      price: 14500,
    },
  },
  car: {
    http: "GET /cars/:id",
    auth: "public",
    idempotent: true,
    summary: "One car with its valuation and deal rating",
    // For so long a car may be shown with the valuation of a model that has been replaced.
    cache: {
      keys: ["id", "currency", "mileageUnit"],
      ttlSeconds: 10,
      staleOn: () => [staleOn(ListingChanged, "id")],
      onlyIf: ({ prediction }: CarDetail) => prediction !== null,
    },
    params: z.strictObject({ id: ListingId, currency: Currency.optional(), mileageUnit: MileageUnit.optional() }),
    result: CarDetail,
    failures: [CarNotFound],
  },
  editCar: {
    http: "PATCH /cars/:id",
    auth: "member",
    summary: "Changes a car of one's own; only the fields that are given",
    params: CarPatch.extend({ id: ListingId, ifMatch: IfMatch.optional() }),
    headers: { ifMatch: "If-Match" },
    result: CarDetail,
    failures: [CarNotFound, Forbidden, VersionConflict],
    example: { price: 13900 },
  },
  removeCar: {
    http: "DELETE /cars/:id",
    auth: "member",
    status: 204,
    summary: "Takes a car of one's own off the market",
    params: z.strictObject({ id: ListingId, ifMatch: IfMatch.optional() }),
    headers: { ifMatch: "If-Match" },
    result: NoContent,
    failures: [CarNotFound, Forbidden, VersionConflict],
  },
  personalData: personalData("What listings hold about a member: the cars they offer or offered"),
  importCars: {
    summary: "Stores a batch of cars without a seller; a car that is there already is counted, not stored again",
    timeoutMs: 60_000,
    params: z.strictObject({
      importId: z.string().max(100),
      demo: z.boolean().default(false),
      cars: z.array(CarOffer.extend({ currency: Currency })).max(1000),
    }),
    result: z.strictObject({ inserted: z.int(), duplicates: z.int() }),
  },
  changes: {
    summary: "What changed after a position, ordered by (changedAt, id): the way views catch up",
    large: true,
    idempotent: true,
    timeoutMs: 15_000,
    params: z.strictObject({ after: Position.optional(), limit: z.int().min(1).max(1000) }),
    result: z.strictObject({
      changes: z.array(
        z.union([
          z.strictObject({ id: ListingId, rev: z.int(), changedAt: Time, removed: z.literal(true) }),
          z.strictObject({ id: ListingId, rev: z.int(), changedAt: Time, removed: z.literal(false), car: Car }),
        ]),
      ),
    }),
  },
  carsById: {
    summary: "Cars by id, those that exist, in no promised order",
    large: true,
    idempotent: true,
    params: z.strictObject({ ids: z.array(ListingId).max(1000) }),
    result: z.strictObject({ cars: z.array(Car) }),
  },
  countCars: {
    summary: "How many cars are on sale: what views compare themselves with",
    idempotent: true,
    params: z.strictObject({}),
    result: z.strictObject({ onSale: z.int() }),
  },
  browse: {
    summary: "Cars on sale by plain filters on the owner's store: what answers while the search engine is down",
    idempotent: true,
    params: z.strictObject({
      currency: Currency,
      brand: several(Brand),
      model: several(CarModel),
      fuelType: several(FuelType),
      transmission: several(Transmission),
      minPrice: Price.optional(),
      maxPrice: Price.optional(),
      minYear: Year.optional(),
      maxYear: Year.optional(),
      sort: z.enum(["price_asc", "price_desc", "newest"]).default("newest"),
      limit: z.int().min(1).max(100).default(20),
      cursor: Cursor.optional(),
    }),
    result: z.strictObject({ cars: z.array(Car), total: z.int(), nextCursor: Cursor.nullable() }),
  },
});
