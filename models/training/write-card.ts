import { FEATURES } from "../../services/prediction/domain/car-features.ts";
import type { ModelCard, ModelMetrics } from "../../services/prediction/domain/model-card.ts";
import type { CarListing } from "./car-listings.ts";
import type { PipelineSettings, PriceModel } from "./price-pipeline.ts";

export const MODEL_NAME = "car-price";
/** Raise it with every change of data, features or settings: versions stay side by side for swapping and rollback. */
export const MODEL_VERSION = "1.0.0";

/** The share of prices the range is meant to hold; what it was measured to hold replaces it once it was. */
const NOMINAL_COVERAGE = 0.8;

/** Writes the card of a model from what it was trained on and, if known, how well such models did. */
export function writeCard(
  model: PriceModel,
  listings: readonly CarListing[],
  data: { file: string; sha256: string },
  settings: PipelineSettings,
  metrics: ModelMetrics | undefined,
): ModelCard {
  const { quantiles, unfamiliarFactor } = model.spread;
  const measured = (inputs: string) => (metrics?.byInputs[inputs]?.coveragePercent ?? NOMINAL_COVERAGE * 100) / 100;
  return {
    name: MODEL_NAME,
    version: MODEL_VERSION,
    currency: "GBP",
    asOf: "2020-07",
    data: {
      ...data,
      rows: listings.length,
      brands: new Set(listings.map((car) => car.brand)).size,
      models: new Set(listings.map((car) => `${car.brand} ${car.model}`)).size,
      source: "100,000 UK Used Car Data set (Kaggle, adityadesai13), asking prices of mid-2020",
      licence:
        "CC0 1.0 according to third parties; the rows were scraped from a listings site whose terms are not known. Facts about cars, no personal data.",
    },
    features: FEATURES,
    outputs: {
      quantiles: "[rows, 3] 10 %, 50 % and 90 % quantile of the price in GBP",
      mu: "[rows, 1] log of the median price in GBP",
      sigma: "[rows, 1] spread of the log price",
    },
    intervals: {
      quantiles,
      coverage: measured("all"),
      unfamiliar: { sigmaFactor: unfamiliarFactor, coverage: measured("unfamiliar") },
      unknownModel: { coverage: measured("unknownModel") },
    },
    training: describeSettings(settings),
    ...(metrics && { metrics }),
    limits: LIMITS,
  };
}

/** The settings as the card states them. */
export const describeSettings = ({ folds, copies, boosting, spread }: PipelineSettings): Record<string, unknown> => {
  const readable = ({ falling, ...rest }: PipelineSettings["boosting"]) => ({
    ...rest,
    huberDelta: Number.isFinite(rest.huberDelta) ? rest.huberDelta : "none",
    falling: [...falling].map((feature) => FEATURES[feature]),
  });
  return { folds, copies, price: readable(boosting), spread: readable(spread) };
};

const LIMITS = [
  "No row is left out of training or of the figures: odd prices count little in training (Huber's loss).",
  "Asking prices in the United Kingdom in mid-2020, in GBP: not what was paid, not today's money.",
  "Trim, condition, colour, owners, region and damage are not in the data and not in the price.",
  "Ages count back from 2020; younger cars are priced as new ones.",
  "Nine brands are known. Cars of other brands and models get a far wider range.",
  "Few cars are dearer than GBP 60,000, older than 12 years or electric: expect less there.",
];
