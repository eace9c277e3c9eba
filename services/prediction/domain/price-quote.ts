import {
  defaultMileageUnit,
  type DealRating,
  type PricedCar,
  type Rating,
  type Valuation,
} from "../prediction.contract.ts";
import type { LogEffects, PriceEstimate } from "../price-model.ts";
import type { CarInput } from "./car-features.ts";
import { moneyShares } from "./contributions.ts";
import type { ModelCard } from "./model-card.ts";
import { dealRating, isUnknownBrand, priceBand, type PriceBand } from "./price-band.ts";
import { missingInputs, otherCurrency, reasonsOf, UNRATED_BRAND } from "./quote-warnings.ts";

/** Money of one currency in another: `KRW/GBP` → what one won is in pounds. */
export type FxRates = Readonly<Record<string, number>>;

const KM_PER_MILE = 1.609344;

export const inMiles = (mileage: number, unit: "mi" | "km"): number =>
  unit === "km" ? mileage / KM_PER_MILE : mileage;

/** A mileage in another unit, whole. */
export const mileageIn = (unit: "mi" | "km", mileage: number, from: "mi" | "km"): number =>
  unit === from ? mileage : Math.round(unit === "km" ? mileage * KM_PER_MILE : mileage / KM_PER_MILE);

export const mileageUnitOf = (car: Pick<PricedCar, "mileageUnit" | "currency">, modelCurrency: string): "mi" | "km" =>
  car.mileageUnit ?? defaultMileageUnit(car.currency ?? modelCurrency);

/** A car as the model takes it: mileage in miles, the unit read as the conventions say. */
export function modelInput(car: PricedCar, modelCurrency: string): CarInput {
  const { brand, model, year, fuelType, transmission, tax, mpg, engineSize } = car;
  const mileageMiles = inMiles(car.mileage, mileageUnitOf(car, modelCurrency));
  return { brand, model, year, mileageMiles, fuelType, transmission, tax, mpg, engineSize };
}

/** The asking price in the model's currency; undefined without a price or a rate. */
export function comparablePrice(car: PricedCar, modelCurrency: string, rates: FxRates): number | undefined {
  const currency = car.currency ?? modelCurrency;
  if (car.price === undefined || currency === modelCurrency) return car.price;
  const rate = rates[`${currency}/${modelCurrency}`];
  return rate === undefined ? undefined : car.price * rate;
}

/** One car's estimate with what it rests on. */
export type Appraisal = { car: PricedCar; estimate: PriceEstimate; effects: LogEffects };

/** A valuation in whole money; its contributions add up to the price. */
export function valuationOf({ car, estimate, effects }: Appraisal, card: ModelCard, rates: FxRates): Valuation {
  const band = priceBand(estimate, card.intervals);
  const price = wholePrice(band);
  const reasons = reasonsOf(estimate.outOfDistribution);
  const asked = comparablePrice(car, card.currency, rates);
  const rating = asked === undefined ? null : ratingIn(band, asked, estimate);
  return {
    model: { name: card.name, version: card.version },
    currency: card.currency,
    asOf: card.asOf,
    price,
    ...wholeRange(band),
    coverage: band.coverage,
    ...(rating === null ? {} : { dealRating: rating }),
    outOfDistribution: reasons.length > 0,
    reasons,
    contributions: moneyShares(price, effects),
    warnings: [
      ...reasons,
      ...(car.price !== undefined && asked === undefined ? [otherCurrency(car.currency!, card.currency)] : []),
      ...(asked !== undefined && rating === null ? [UNRATED_BRAND] : []),
      ...missingInputs(estimate),
    ],
  };
}

/** Null for a brand the model does not know: its range says too little of what is a good price. */
const ratingIn = (band: PriceBand, askingPrice: number, { outOfDistribution }: PriceEstimate): DealRating | null =>
  isUnknownBrand(outOfDistribution) ? null : dealRating(askingPrice, band);

/** A rating alone; null for a price that cannot be compared with the model's. */
export function ratingOf(car: PricedCar, estimate: PriceEstimate, card: ModelCard, rates: FxRates): Rating | null {
  const asked = comparablePrice(car, card.currency, rates);
  if (car.price !== undefined && asked === undefined) return null;
  const band = priceBand(estimate, card.intervals);
  return {
    dealRating: asked === undefined ? null : ratingIn(band, asked, estimate),
    price: wholePrice(band),
    ...wholeRange(band),
  };
}

const wholePrice = ({ median }: PriceBand) => Math.max(1, Math.round(median));

/** Low and high in whole money, never inside the price. */
const wholeRange = (band: PriceBand) => ({
  low: Math.min(wholePrice(band), Math.round(band.low)),
  high: Math.max(wholePrice(band), Math.round(band.high)),
});
