import { createHash } from "node:crypto";
import { InvalidInput, type InputFault } from "../../../mixins/failure.ts";
import { defaultMileageUnit, type MileageUnit } from "../../prediction/prediction.contract.ts";
import type { Car, CarOffer, CarPatch } from "../listings.contract.ts";

/** A car without what the store adds to it. */
export type CarFields = Omit<Car, "id" | "version" | "createdAt" | "changedAt">;

/** An offer that names its currency. */
export type PricedOffer = CarOffer & { currency: string };

const LONGEST_TITLE = 100;
const KM_PER_MILE = 1.609344;

/** The car that an offer describes, on sale. `currency` is what a price without one is meant in. */
export function offeredCar(
  offer: CarOffer,
  { currency, sellerId, demo = false }: { currency: string; sellerId: string | null; demo?: boolean },
): CarFields {
  const pricedIn = offer.currency ?? currency;
  return {
    kind: "car",
    status: "onSale",
    sellerId,
    demo,
    brand: offer.brand,
    model: offer.model,
    year: offer.year,
    mileage: offer.mileage,
    mileageUnit: offer.mileageUnit ?? defaultMileageUnit(pricedIn),
    fuelType: offer.fuelType,
    transmission: offer.transmission,
    engineSize: offer.engineSize,
    price: offer.price,
    currency: pricedIn,
    title: offer.title ?? defaultTitle(offer),
    description: offer.description ?? "",
    tax: offer.tax ?? null,
    mpg: offer.mpg ?? null,
    accident: offer.accident ?? null,
    region: offer.region ?? null,
    images: offer.images ?? [],
  };
}

/** "2018 Hyundai Tucson", cut to the length of a title without halving a character. */
export function defaultTitle({ year, brand, model }: Pick<Car, "year" | "brand" | "model">): string {
  return Array.from(`${year} ${brand} ${model}`).slice(0, LONGEST_TITLE).join("").trimEnd();
}

/**
 * The fields that an edit changes. A price belongs to its currency and a mileage to its unit, so neither unit changes
 * alone; a title that nobody chose follows the car. Throws `INVALID_INPUT` with every fault.
 */
export function editedFields(car: CarFields, patch: CarPatch): Partial<CarFields> {
  const given = Object.fromEntries(
    Object.entries(patch).filter(([, value]) => value !== undefined),
  ) as Partial<CarFields>;
  const faults = editFaults(car, given);
  if (faults.length > 0) throw InvalidInput({ errors: faults });
  const followed = defaultTitle({ ...car, ...given });
  const follows = given.title === undefined && car.title === defaultTitle(car) && car.title !== followed;
  return follows ? { ...given, title: followed } : given;
}

function editFaults(car: CarFields, given: Partial<CarFields>): InputFault[] {
  const changes = (field: "currency" | "mileageUnit") => given[field] !== undefined && given[field] !== car[field];
  const faults: [boolean, string, string][] = [
    [Object.keys(given).length === 0, "", "Name at least one field to change"],
    [changes("currency") && given.price === undefined, "price", "A new currency needs the price in it"],
    [changes("mileageUnit") && given.mileage === undefined, "mileage", "A new unit needs the mileage in it"],
  ];
  return faults.filter(([holds]) => holds).map(([, path, message]) => ({ path, message }));
}

/**
 * Names an imported car by what it is: equal rows are one car however often they are imported. Spelling of brand and
 * model in capitals does not count.
 */
export function importKeyOf(car: CarFields): string {
  const { brand, model, year, mileage, mileageUnit, fuelType, transmission, engineSize, price, currency } = car;
  const figures = [year, mileage, mileageUnit, fuelType, transmission, engineSize, price, currency, car.tax, car.mpg];
  const chosenTitle = car.title === defaultTitle(car) ? null : car.title;
  const words = [brand.toLowerCase(), model.toLowerCase(), chosenTitle, car.description, car.region];
  const key = [car.demo, ...words, ...figures];
  return createHash("sha256").update(JSON.stringify(key)).digest("base64url").slice(0, 22);
}

/** A distance in another unit, to the nearest whole one. */
export function mileageIn(unit: MileageUnit, { mileage, mileageUnit }: Pick<Car, "mileage" | "mileageUnit">): number {
  if (unit === mileageUnit) return mileage;
  return Math.round(unit === "km" ? mileage * KM_PER_MILE : mileage / KM_PER_MILE);
}
