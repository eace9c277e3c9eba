import type { CarInput, FeatureGroup, OutOfDistribution } from "./domain/car-features.ts";
import type { ModelCard } from "./domain/model-card.ts";

/** Our one model; its versions are directories below one of this name. */
export const MODEL_NAME = "car-price";

/** The predicted distribution of one car's price. */
export type PriceEstimate = {
  /** 10 %, 50 % and 90 % quantile of the price in the model's currency, as the model itself gives them. */
  quantiles: readonly [low: number, median: number, high: number];
  /** Centre and scale of ln price. */
  mu: number;
  sigma: number;
  /** Why the car is outside what the model knows; empty when it is not. */
  outOfDistribution: readonly OutOfDistribution[];
  /** What was not said of the car, or not plausibly. */
  missing: readonly FeatureGroup[];
};

/** Effect of each feature group on mu. */
export type LogEffects = Record<FeatureGroup, number>;

/**
 * How effects are attributed. `path`: along each tree's path, from node mean to node mean (A. Saabas, "Interpreting
 * random forests", 2014), fast. `shap`: exact Shapley values of the trees (Lundberg et al., "Consistent Individualized
 * Feature Attribution for Tree Ensembles", arXiv:1802.03888), fair between features, some fifty milliseconds.
 */
export type AttributionMethod = "path" | "shap";

/** One version of the price model, ready to answer. */
export interface PriceModel {
  readonly card: ModelCard;
  /** Estimates in the order of the cars. */
  estimate(cars: readonly CarInput[]): Promise<PriceEstimate[]>;
  /** @throws PREDICTION_OVERLOADED when too many attributions wait already */
  attribute(cars: readonly CarInput[], method: AttributionMethod): Promise<LogEffects[]>;
}

/** The versions at hand. One of them serves; the others answer when asked for by name. */
export interface PriceModels {
  /** Begins to serve the newest version that passes its golden cars. Without one it waits for one to appear. */
  open(): Promise<void>;
  /**
   * Works with a version (default: the serving one), which stays loaded until the work is done.
   * @throws PREDICTION_UNAVAILABLE when it cannot serve, MODEL_NOT_FOUND when there is no such version
   */
  use<T>(work: (model: PriceModel) => T | Promise<T>, version?: string): Promise<T>;
  /** Names of the versions on disk, newest first. */
  versions(): Promise<string[]>;
  /**
   * Makes a version serve until told otherwise; without one the newest serves, and so does each newer one to come.
   * @returns the version that serves now
   * @throws MODEL_NOT_FOUND; PREDICTION_UNAVAILABLE when it fails its golden cars (the old one serves on)
   */
  load(version?: string): Promise<string>;
  close(): Promise<void>;
}
