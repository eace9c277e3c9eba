import { encodeCar, FEATURES, type CarEncoder } from "../../services/prediction/domain/car-features.ts";
import { scoreRow, type TreeEnsemble } from "../../services/prediction/domain/tree-ensemble.ts";
import type { Intervals } from "../../services/prediction/domain/model-card.ts";
import { boost, type BoostingSettings } from "./boosting.ts";
import { binRows } from "./feature-bins.ts";
import type { HeldOut } from "./price-fit.ts";
import { median, quantile, weightedQuantile } from "./statistics.ts";
import { encodeRows } from "./training-rows.ts";

/**
 * How far real prices lie from the estimate. `sigma` (of the log price) is what the trees say, times a factor that
 * follows the estimated price, times another where the model of the car is unknown. Prices lie around
 * `exp(mu + z * sigma)` for the quantiles z.
 */
export type Spread = {
  trees: TreeEnsemble;
  /** Log of the factor by estimated log price, linear between the knots and level beyond them. */
  byPrice: { mu: number[]; logFactor: number[] };
  unknownModelLogFactor: number;
  quantiles: ZQuantiles;
  /** Factor on sigma where the car is odd though its model is known. */
  unfamiliarFactor: number;
};
type ZQuantiles = Intervals["quantiles"];

/** The share of prices between the 10 % and the 90 % quantile. */
const COVERAGE = 0.8;
/**
 * The tails of held-out residuals that are taken for the 10 % and the 90 % quantile. The fits that left cars out have
 * learnt from fewer than the final one and err a little more: at 10 % its ranges would hold 80.6 % and not 80 %.
 */
const TAIL = 0.105;
/**
 * The share of held-out cars of unknown model the ranges are set to hold. Models differ from each other more than cars
 * of one model do, and few have been seen: with this share, about 80 % of the cars of the next ones are held.
 */
const UNKNOWN_MODEL_COVERAGE = 0.86;
/** Residuals smaller than this (0.3 % of the price) are as good as none. */
const SMALLEST_RESIDUAL = 0.003;
/** Parts of the price range, as shares of all cars, whose spread is measured apart. */
const PRICE_BANDS = [0, 0.02, 0.06, 0.12, 0.25, 0.4, 0.55, 0.7, 0.82, 0.91, 0.96, 0.985, 1];

/**
 * Learns the spread from residuals of cars the price fit did not see (split conformal prediction normalised by a
 * learnt scale, after Lei et al., "Distribution-Free Predictive Inference for Regression", 2018, §5.2).
 * @param known residuals of cars whose model the fit knew
 * @param unknown residuals of cars whose whole model was held out
 */
export function fitSpread(
  encoder: CarEncoder,
  known: readonly HeldOut[],
  unknown: readonly HeldOut[],
  settings: BoostingSettings,
): Spread {
  const all = [...known, ...unknown];
  const { values } = encodeRows(
    encoder,
    all.map(({ car }) => car),
  );
  const targets = Float64Array.from(all, ({ residual }) => Math.log(Math.max(Math.abs(residual), SMALLEST_RESIDUAL)));
  const trees = boost(binRows(values, FEATURES.length), targets, settings);
  const scaled = all.map((held, row) => ({
    ...held,
    sigma: Math.exp(scoreRow(trees, values.subarray(row * FEATURES.length, (row + 1) * FEATURES.length))),
  }));
  return calibrate(encoder, trees, scaled.slice(0, known.length), scaled.slice(known.length));
}

type Scaled = HeldOut & { sigma: number };

function calibrate(encoder: CarEncoder, trees: TreeEnsemble, known: Scaled[], unknown: Scaled[]): Spread {
  const byPrice = spreadByPrice(known);
  const adjusted = (rows: Scaled[]): Scaled[] =>
    rows.map((row) => ({ ...row, sigma: row.sigma * Math.exp(interpolate(byPrice.mu, byPrice.logFactor, row.mu)) }));
  const usual = adjusted(known);
  const z = usual.map(({ residual, sigma }) => residual / sigma);
  const quantiles = {
    q10: quantile(z, TAIL),
    q25: quantile(z, 0.25),
    q75: quantile(z, 0.75),
    q90: quantile(z, 1 - TAIL),
  };
  const unfamiliar = usual.filter(({ car }) => encodeCar(encoder, car).outOfDistribution.length > 0);
  return {
    trees,
    byPrice,
    unknownModelLogFactor: Math.log(
      neededFactor(adjusted(unknown), quantiles, UNKNOWN_MODEL_COVERAGE, modelWeights(unknown)),
    ),
    quantiles,
    unfamiliarFactor: Math.max(1, neededFactor(unfamiliar, quantiles, COVERAGE)),
  };
}

/** How much wider or narrower than on average the residuals are around each of some prices. */
function spreadByPrice(rows: Scaled[]): Spread["byPrice"] {
  const typical = (part: Scaled[]) =>
    quantile(
      part.map(({ residual, sigma }) => Math.abs(residual) / sigma),
      COVERAGE,
    );
  // Halfway between estimate and reality: by estimates alone, the dearest cars would be held too seldom.
  const place = ({ mu, residual }: Scaled) => mu + residual / 2;
  const sorted = rows.toSorted((a, b) => place(a) - place(b));
  const all = typical(sorted);
  const bands = PRICE_BANDS.slice(1)
    .map((end, band) => sorted.slice(Math.floor(PRICE_BANDS[band]! * rows.length), Math.floor(end * rows.length)))
    .filter((band) => band.length > 0);
  return {
    mu: bands.map((band) => median(band.map(({ mu }) => mu))),
    logFactor: bands.map((band) => Math.log(typical(band) / all)),
  };
}

/**
 * The factor on sigma with which the range from q10 to q90 holds the wanted share of prices; 1 if there are none.
 * @param weights how much each row counts
 */
function neededFactor(
  rows: readonly Scaled[],
  z: ZQuantiles,
  coverage: number,
  weights: readonly number[] = rows.map(() => 1),
): number {
  if (rows.length === 0) return 1;
  const reach = ({ residual, sigma }: Scaled) => residual / sigma / (residual > 0 ? z.q90 : z.q10);
  return weightedQuantile(rows.map(reach), weights, coverage);
}

/** Models sold often count less a car: the next unknown model is as likely one sold seldom. */
function modelWeights(rows: readonly HeldOut[]): number[] {
  const model = ({ car }: HeldOut) => `${car.brand}|${car.model}`;
  const counts = Map.groupBy(rows, model);
  return rows.map((row) => 1 / Math.sqrt(counts.get(model(row))!.length));
}

/** The line through the knots, level beyond the first and last. */
export function interpolate(xs: readonly number[], ys: readonly number[], x: number): number {
  return xs.slice(1).reduce((sum, end, i) => sum + slope(xs, ys, i) * (clamp(x, xs[i]!, end) - xs[i]!), ys[0]!);
}

const clamp = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);

/** Rise of the line between a knot and the next; 0 where both stand at the same place. */
export const slope = (xs: readonly number[], ys: readonly number[], knot: number): number =>
  xs[knot + 1] === xs[knot] ? 0 : (ys[knot + 1]! - ys[knot]!) / (xs[knot + 1]! - xs[knot]!);
