import { FEATURES } from "../../services/prediction/domain/car-features.ts";
import { scoreRow } from "../../services/prediction/domain/tree-ensemble.ts";
import type { BoostingSettings } from "./boosting.ts";
import { carFold, modelFold, type CarListing } from "./car-listings.ts";
import { fitPrice, priceHeldOut, type HeldOut, type PriceFit, type PriceFitSettings } from "./price-fit.ts";
import { fitSpread, interpolate, type Spread } from "./spread-fit.ts";
import { asUnknownModel, incompleteCopies } from "./training-rows.ts";

/** Everything that prices a car: the middle, and the spread around it. */
export type PriceModel = PriceFit & { spread: Spread };

export type PipelineSettings = PriceFitSettings & { spread: BoostingSettings; folds: number };

/** What is being done, and how far it is (0 … 1). */
export type Progress = (task: string, share: number) => void;

/** The settings of the shipped model; quick ones for tests, which train in seconds. */
export function pipelineSettings(quick: boolean): PipelineSettings {
  const common = {
    rowShare: 0.8,
    featureShare: 0.7,
    seed: 20200701,
    falling: new Set([FEATURES.indexOf("mileageMiles")]),
  };
  return {
    folds: quick ? 2 : 5,
    copies: { incompletePercent: 50, unknownModelPercent: 8, unknownBrandPercent: 1 },
    boosting: {
      ...common,
      trees: quick ? 60 : 800,
      learningRate: quick ? 0.3 : 0.06,
      maxLeaves: 207,
      minRows: 5,
      lambda: 3,
      huberDelta: 0.2,
    },
    spread: {
      ...common,
      trees: quick ? 40 : 200,
      learningRate: quick ? 0.1 : 0.05,
      maxLeaves: 31,
      minRows: 50,
      lambda: 10,
      huberDelta: Infinity,
      falling: new Set(),
    },
  };
}

/**
 * Trains the whole model: a fit for every fold held out to learn how wrong prices of unseen cars are, one for every
 * group of models held out to learn the same of unseen models, and the final fit on everything.
 */
export function trainPriceModel(
  listings: readonly CarListing[],
  settings: PipelineSettings,
  progress: Progress,
): PriceModel {
  const fits = 2 * settings.folds + 1;
  let done = 0;
  const fit = (cars: readonly CarListing[], task: string): PriceFit => {
    const share = (trees: number) => (done + trees / settings.boosting.trees) / fits;
    const result = fitPrice(cars, settings, (trees) => progress(task, share(trees)));
    done++;
    return result;
  };
  const known = heldOutCars(listings, settings, (cars, fold) => fit(cars, `cars held out, fold ${fold + 1}`));
  const unknown = heldOutModels(listings, settings, (cars, fold) => fit(cars, `models held out, fold ${fold + 1}`));
  const final = fit(listings, "all cars");
  return { ...final, spread: fitSpread(final.encoder, known, unknown, settings.spread) };
}

type FitWithout = (rest: readonly CarListing[], fold: number) => PriceFit;

/** Residuals of every car, complete and with gaps, from fits that did not see it. */
function heldOutCars(listings: readonly CarListing[], settings: PipelineSettings, fit: FitWithout): HeldOut[] {
  return eachFold(listings, settings.folds, carFold, fit, (cars) => incompleteCopies(cars, settings));
}

/** Residuals of every car from fits that did not see its model. */
function heldOutModels(listings: readonly CarListing[], settings: PipelineSettings, fit: FitWithout): HeldOut[] {
  return eachFold(listings, settings.folds, modelFold, fit, (cars) => cars.map(asUnknownModel));
}

function eachFold(
  listings: readonly CarListing[],
  folds: number,
  foldOf: (car: CarListing, folds: number) => number,
  fit: FitWithout,
  asked: (cars: CarListing[]) => CarListing[],
): HeldOut[] {
  return Array.from({ length: folds }, (_, fold) => {
    const [rest, held]: [CarListing[], CarListing[]] = [[], []];
    for (const car of listings) (foldOf(car, folds) === fold ? held : rest).push(car);
    return priceHeldOut(fit(rest, fold), asked(held));
  }).flat();
}

/** The estimate for one row of features: log of the price in GBP, and its spread. What the ONNX file computes. */
export function scoreFeatures(model: PriceModel, features: Float32Array): { mu: number; sigma: number } {
  const { trees, spread } = model;
  const mu = scoreRow(trees, features);
  const unknown = Number.isNaN(features[FEATURES.indexOf("modelCode")]) ? spread.unknownModelLogFactor : 0;
  const byPrice = interpolate(spread.byPrice.mu, spread.byPrice.logFactor, mu);
  return { mu, sigma: Math.exp(scoreRow(spread.trees, features) + byPrice + unknown) };
}
