import type { Warning } from "../prediction.contract.ts";
import type { PriceEstimate } from "../price-model.ts";
import type { FeatureGroup, OutOfDistribution } from "./car-features.ts";

type Reason = `${OutOfDistribution["field"]} ${OutOfDistribution["reason"]}`;

const REASONS: Partial<Record<Reason, Warning>> = {
  "brand unknown": { code: "UNKNOWN_BRAND", field: "brand", message: "The model knows no brand of this name" },
  "model unknown": {
    code: "UNKNOWN_MODEL",
    field: "model",
    message: "The brand has no model of this name in the data",
  },
  "model rare": { code: "RARE_MODEL", field: "model", message: "Few cars of this model are in the data" },
  "year outsideRange": { code: "YEAR_OUTSIDE_DATA", field: "year", message: "The data have no such car of this year" },
  "mileageMiles outsideRange": { code: "UNUSUAL_MILEAGE", field: "mileage", message: "Few cars have this mileage" },
  "fuelType unseenForModel": {
    code: "UNSEEN_FUEL_TYPE",
    field: "fuelType",
    message: "The data have no car of this model with this fuel",
  },
};

/** Why a car is outside what the model knows, for people. */
export const reasonsOf = (found: readonly OutOfDistribution[]): Warning[] =>
  found.map(
    ({ field, reason }) =>
      REASONS[`${field} ${reason}`] ?? { code: "OUT_OF_DISTRIBUTION", field, message: `${field} is ${reason}` },
  );

const FIELDS: Partial<Record<FeatureGroup, string>> = { gearbox: "transmission", engine: "engineSize" };

/** What the price would be surer of if it were told; nothing when all is told. */
export function missingInputs({ missing }: PriceEstimate): Warning[] {
  if (missing.length === 0) return [];
  const fields = missing.map((group) => FIELDS[group] ?? group).join(", ");
  return [
    { code: "INPUTS_MISSING", message: `Not said, or not plausible: ${fields}. The range would be narrower with them` },
  ];
}

/** An asking price that cannot be compared with the model's. */
export const otherCurrency = (asked: string, modelCurrency: string): Warning => ({
  code: "OTHER_CURRENCY",
  field: "currency",
  message: `The price is asked in ${asked}, the model knows prices in ${modelCurrency} and no rate between them is set; it is not rated`,
});

export const UNRATED_BRAND: Warning = {
  code: "BRAND_NOT_RATED",
  field: "brand",
  message:
    "The price is not rated: the model knows no car of this brand, and the range holds for brands like those it knows",
};

export const COMPARABLES_UNAVAILABLE: Warning = {
  code: "COMPARABLES_UNAVAILABLE",
  message: "Comparable cars cannot be found at the moment",
};
