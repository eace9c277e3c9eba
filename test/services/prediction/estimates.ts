import type { Intervals, ModelCard } from "../../../services/prediction/domain/model-card.ts";
import type { LogEffects, PriceEstimate } from "../../../services/prediction/price-model.ts";

export const INTERVALS: Intervals = {
  quantiles: { q10: -2, q25: -1, q75: 1.1, q90: 2.2 },
  coverage: 0.8,
  unfamiliar: { sigmaFactor: 1.5, coverage: 0.78 },
  unknownModel: { coverage: 0.67 },
};

export const CARD = {
  name: "car-price",
  version: "7.0.0",
  currency: "GBP",
  asOf: "2020-07",
  intervals: INTERVALS,
} as ModelCard;

/** An estimate around a median as a model would give it. */
export function estimateOf(
  given: { median: number; sigma: number } & Partial<Pick<PriceEstimate, "outOfDistribution" | "missing">>,
): PriceEstimate {
  const { median, sigma, outOfDistribution = [], missing = [] } = given;
  const quantiles = [median * Math.exp(-2 * sigma), median, median * Math.exp(2.2 * sigma)] as const;
  return { quantiles, mu: Math.log(median), sigma, outOfDistribution, missing };
}

export const EFFECTS: LogEffects = {
  model: 0.3,
  age: -0.2,
  mileage: -0.1,
  gearbox: 0.05,
  fuel: 0,
  engine: 0.4,
  tax: 0.01,
  mpg: -0.03,
};
