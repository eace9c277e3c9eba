import type { Car } from "../../listings/listings.contract.ts";
import type { DealRating } from "../../prediction/prediction.contract.ts";
import type { CarDocument, Operation } from "../search-engine.ts";
import { typedWords } from "./analysis.ts";
import { canonicalName } from "./canonical-name.ts";
import { namesIn, otherNames } from "./glossary.ts";
import { toKm } from "./mileage.ts";

/** What a hit gives back. */
export interface ShownCar {
  car: Car;
  dealRating: DealRating | null;
}
/** `ratedBy` names the model and version; null: no model answered yet. */
export interface RatedBy {
  dealRating: DealRating | null;
  ratedBy: string | null;
}
export const UNRATED: RatedBy = { dealRating: null, ratedBy: null };

/**
 * What a car on sale is found by. Brand and model go by their canonical names, so that one thing is counted once; the
 * hit shows them as the seller wrote them. Other names of its brand, model and kind are words of it, so either language
 * finds it.
 */
export function carDocument(car: Car, { dealRating, ratedBy }: RatedBy): CarDocument<ShownCar> {
  const named = typedWords(`${car.title} ${car.brand} ${car.model}`).map(({ text }) => text);
  const kinds = [car.fuelType, car.transmission].flatMap((kind) => (kind === "Other" ? [] : otherNames(kind)));
  return {
    id: car.id,
    currency: car.currency,
    brand: canonicalName(car.brand),
    model: canonicalName(car.model),
    fuelType: car.fuelType,
    transmission: car.transmission,
    dealRating,
    ratedBy,
    year: car.year,
    mileageKm: toKm(car.mileage, car.mileageUnit),
    price: car.price,
    engineSize: car.engineSize,
    createdAt: Date.parse(car.createdAt),
    title: [car.title, car.brand, car.model, ...namesIn(named)].join(" · "),
    description: [car.description, car.region ?? "", ...kinds].join(" · "),
    shown: { car, dealRating },
  };
}

/** A removal outranks the version it removed, hence two numbers per version. */
export const revOf = (car: Car): number => car.version * 2;

/** Only what is on sale can be found. */
export const operationFor = (car: Car, rating: RatedBy): Operation<ShownCar> =>
  car.status === "onSale"
    ? { type: "upsert", id: car.id, rev: revOf(car), document: carDocument(car, rating) }
    : { type: "delete", id: car.id, rev: revOf(car) };

export const removal = (id: string, version: number): Operation<ShownCar> => ({
  type: "delete",
  id,
  rev: version * 2 + 1,
});
