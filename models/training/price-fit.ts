import { carEncoder, FEATURES, type CarEncoder } from "../../services/prediction/domain/car-features.ts";
import { scoreRow, type TreeEnsemble } from "../../services/prediction/domain/tree-ensemble.ts";
import { boost, type BoostingSettings } from "./boosting.ts";
import type { CarListing } from "./car-listings.ts";
import { binRows } from "./feature-bins.ts";
import { fitEncoder } from "./fit-encoder.ts";
import { encodeRows, withCopies, type CopyShares } from "./training-rows.ts";

/** The middle of the price model: the encoder and the trees for the log of the price in GBP. */
export type PriceFit = { encoder: CarEncoder; trees: TreeEnsemble };

export type PriceFitSettings = { copies: CopyShares; boosting: BoostingSettings };

/** Learns log prices from listings and their incomplete copies. */
export function fitPrice(
  listings: readonly CarListing[],
  settings: PriceFitSettings,
  progress?: (trees: number) => void,
): PriceFit {
  const encoder = carEncoder(fitEncoder(listings));
  const cars = withCopies(listings, settings.copies, settings.boosting.seed);
  const { values, logPrices } = encodeRows(encoder, cars);
  return { encoder, trees: boost(binRows(values, FEATURES.length), logPrices, settings.boosting, progress) };
}

/** A car the model did not learn from, with its estimate and how far the log of the real price is from it. */
export type HeldOut = { car: CarListing; mu: number; residual: number };

/** Prices cars that the fit has not seen. */
export function priceHeldOut(fit: PriceFit, cars: readonly CarListing[]): HeldOut[] {
  const { values, logPrices } = encodeRows(fit.encoder, cars);
  const width = FEATURES.length;
  return cars.map((car, row) => {
    const mu = scoreRow(fit.trees, values.subarray(row * width, (row + 1) * width));
    return { car, mu, residual: logPrices[row]! - mu };
  });
}
