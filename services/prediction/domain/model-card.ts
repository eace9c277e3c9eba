/**
 * How wide the range around an estimate is, and the share of real prices (0 … 1) it was measured to hold.
 * Prices lie around exp(mu + z * sigma).
 */
export type Intervals = {
  /** Quantiles of z = (ln price - mu) / sigma: thresholds of ranges and ratings. */
  quantiles: { q10: number; q25: number; q75: number; q90: number };
  coverage: number;
  /** A car that is odd though its model is known: sigma times this factor. */
  unfamiliar: { sigmaFactor: number; coverage: number };
  /** A car of unknown model: the model's sigma is wide already. */
  unknownModel: { coverage: number };
};

/** Figures of one kind of estimates on cars the model had not seen. */
export type Figures = {
  cars: number;
  maeGbp: number;
  rmseGbp: number;
  mapePercent: number;
  medianApePercent: number;
  r2: number;
  within10Percent: number;
};
/** With those of the 80 % range. */
export type RangeFigures = Figures & { coveragePercent: number; medianWidthPercent: number; crossings: number };

/** card.json of a model version: what it is, what it learnt from, how well it does. */
export type ModelCard = {
  name: string;
  version: string;
  currency: "GBP";
  /** Month of the data. */
  asOf: string;
  data: { file: string; sha256: string; rows: number; brands: number; models: number; source: string; licence: string };
  features: readonly string[];
  outputs: Record<string, string>;
  intervals: Intervals;
  training: Record<string, unknown>;
  /** Absent until the bench has been run. */
  metrics?: ModelMetrics;
  limits: readonly string[];
};

export type ModelMetrics = {
  method: string;
  byInputs: Record<string, RangeFigures>;
  byBrand: Record<string, RangeFigures>;
  byPriceGbp: Record<string, RangeFigures>;
  baselines: Record<string, Figures>;
};
