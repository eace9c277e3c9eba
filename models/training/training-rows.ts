import { encodeCar, FEATURES, type CarEncoder, type CarInput } from "../../services/prediction/domain/car-features.ts";
import type { CarListing } from "./car-listings.ts";
import { seededRandom } from "./random.ts";

/** Encoded cars, row after row, and the log of their prices. */
export type TrainingRows = { values: Float32Array; logPrices: Float64Array };

type Gap = readonly (keyof CarInput)[];

/** What people leave out, and in how many of 100 incomplete copies. */
const GAPS: readonly [percent: number, gap: Gap][] = [
  [35, ["mpg", "tax"]],
  [30, ["mpg", "tax", "transmission"]],
  [10, ["mpg", "tax", "transmission", "engineSize"]],
  [8, ["mpg"]],
  [5, ["tax"]],
  [6, ["transmission"]],
  [6, ["engineSize"]],
];

/** No model of this name is known to any encoder. */
const UNHEARD_OF = "?";

/** The car without what the gap names. */
export const withGap = (car: CarListing, gap: Gap): CarListing => ({
  ...car,
  ...Object.fromEntries(gap.map((field) => [field, undefined])),
});

/** The car as one whose model (and brand) nobody knows. */
export const asUnknownModel = (car: CarListing): CarListing => ({ ...car, model: UNHEARD_OF });
const asUnknownBrand = (car: CarListing): CarListing => ({ ...car, brand: UNHEARD_OF, model: UNHEARD_OF });

/** How many copies are added for each 100 listings. */
export type CopyShares = { incompletePercent: number; unknownModelPercent: number; unknownBrandPercent: number };

/**
 * The listings and, for a share of them, copies with gaps, of unknown model and of unknown brand, so that the trees
 * learn to do without. Complete copies first, in the order of the listings.
 */
export function withCopies(listings: readonly CarListing[], shares: CopyShares, seed: number): CarListing[] {
  const random = seededRandom(seed);
  const chosen = (percent: number) => listings.filter(() => random() * 100 < percent);
  return [
    ...listings,
    ...chosen(shares.incompletePercent).map((car) => withGap(car, drawGap(random))),
    ...chosen(shares.unknownModelPercent).map(asUnknownModel),
    ...chosen(shares.unknownBrandPercent).map(asUnknownBrand),
  ];
}

function drawGap(random: () => number): Gap {
  let left = random() * 100;
  return GAPS.find(([percent]) => (left -= percent) < 0)?.[1] ?? [];
}

/** Encodes listings for training. */
export function encodeRows(encoder: CarEncoder, listings: readonly CarListing[]): TrainingRows {
  const values = new Float32Array(listings.length * FEATURES.length);
  listings.forEach((car, row) => values.set(encodeCar(encoder, car).features, row * FEATURES.length));
  return { values, logPrices: Float64Array.from(listings, (car) => Math.log(car.priceGbp)) };
}
