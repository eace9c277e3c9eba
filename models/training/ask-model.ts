import { encodeCar } from "../../services/prediction/domain/car-features.ts";
import type { CarListing } from "./car-listings.ts";
import type { RangeAnswer } from "./figures.ts";
import { scoreFeatures, type PriceModel } from "./price-pipeline.ts";

/** What a model says of a listing, beside its real price. */
export type ModelAnswer = RangeAnswer & {
  listing: CarListing;
  /** The car is out of the ordinary though its model is known. */
  unfamiliar: boolean;
};

/** Asks for price and range as serving does; `change` says what of the car is told. */
export function askModel(
  model: PriceModel,
  listings: readonly CarListing[],
  change: (car: CarListing) => CarListing = (car) => car,
): ModelAnswer[] {
  const { quantiles, unfamiliarFactor } = model.spread;
  return listings.map((listing) => {
    const { features, outOfDistribution, known } = encodeCar(model.encoder, change(listing));
    const unfamiliar = known.model !== undefined && outOfDistribution.length > 0;
    const estimate = scoreFeatures(model, features);
    const sigma = estimate.sigma * (unfamiliar ? unfamiliarFactor : 1);
    const priceAt = (z: number) => Math.exp(estimate.mu + z * sigma);
    return {
      listing,
      unfamiliar,
      realGbp: listing.priceGbp,
      priceGbp: priceAt(0),
      lowGbp: priceAt(quantiles.q10),
      highGbp: priceAt(quantiles.q90),
    };
  });
}
