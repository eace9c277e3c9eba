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

/** No name that begins so is known to any encoder. */
const unheardOf = (name: string): string => `Unheard of ${name}`;

/** The car without what the gap names. */
export const withGap = (car: CarListing, gap: Gap): CarListing => ({
  ...car,
  ...Object.fromEntries(gap.map((field) => [field, undefined])),
});

/** The car as one whose model (and brand) nobody knows. */
export const asUnknownModel = (car: CarListing): CarListing => ({ ...car, model: unheardOf(car.model) });
const asUnknownBrand = (car: CarListing): CarListing => ({
  ...asUnknownModel(car),
  brand: unheardOf(car.brand),
});

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

/** The listings and copies of some of them with gaps: what the model is asked about. */
export const incompleteCopies = (
  listings: readonly CarListing[],
  settings: { copies: CopyShares; boosting: { seed: number } },
): CarListing[] =>
  withCopies(listings, { ...settings.copies, unknownModelPercent: 0, unknownBrandPercent: 0 }, settings.boosting.seed);

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
