import { askModel, type ModelAnswer } from "./ask-model.ts";
import { carFold, modelFold, type CarListing } from "./car-listings.ts";
import { fitPrice, priceHeldOut, type HeldOut, type PriceFit } from "./price-fit.ts";
import type { PipelineSettings, Progress } from "./price-pipeline.ts";
import { fitSpread } from "./spread-fit.ts";
import { asUnknownModel, incompleteCopies, withGap } from "./training-rows.ts";

/** What is told of a car: all, or what people know without papers, or what a short form asks for. */
const TOLD = {
  all: (car: CarListing) => car,
  withoutMpgAndTax: (car: CarListing) => withGap(car, ["mpg", "tax"]),
  sixFields: (car: CarListing) => withGap(car, ["mpg", "tax", "transmission"]),
};

/** Answers on cars the model has not seen, by what it was told. */
export type HeldOutAnswers = Record<keyof typeof TOLD | "unknownModel", ModelAnswer[]>;

type Choice = (car: CarListing) => boolean;
type Study = {
  listings: readonly CarListing[];
  settings: PipelineSettings;
  folds: readonly number[];
  inFold: (fold: number) => Choice;
  inGroup: (group: number) => Choice;
  fitWithoutFolds: (...folds: number[]) => PriceFit;
  fitWithoutGroup: (group: number) => PriceFit;
};

/**
 * Prices every car by a model that has not seen it: trained on the other folds, its ranges learnt within these. A fit
 * without two folds serves both of them, so 20 fits do for five folds and five groups of unknown models.
 */
export function crossValidate(
  listings: readonly CarListing[],
  settings: PipelineSettings,
  progress: Progress,
): HeldOutAnswers {
  const study = planStudy(listings, settings, progress);
  const rounds = study.folds.map((fold) => askAboutFold(study, fold));
  return {
    all: rounds.flatMap((round) => round.all),
    withoutMpgAndTax: rounds.flatMap((round) => round.withoutMpgAndTax),
    sixFields: rounds.flatMap((round) => round.sixFields),
    unknownModel: study.folds.flatMap((group) => askAboutUnknownModels(study, group)),
  };
}

function planStudy(listings: readonly CarListing[], settings: PipelineSettings, progress: Progress): Study {
  const { folds: count, boosting } = settings;
  const inFold = (fold: number) => (car: CarListing) => carFold(car, count) === fold;
  const inGroup = (group: number) => (car: CarListing) => modelFold(car, count) === group;
  const total = 2 * count + (count * (count - 1)) / 2;
  const fits = new Map<string, PriceFit>();
  const fitWithout = (name: string, parts: Choice[]): PriceFit => {
    const kept = fits.get(name);
    if (kept) return kept;
    const learnt = listings.filter((car) => !parts.some((part) => part(car)));
    const share = (trees: number) => (fits.size + trees / boosting.trees) / total;
    const fit = fitPrice(learnt, settings, (trees) => progress(`without ${name}`, share(trees)));
    fits.set(name, fit);
    return fit;
  };
  return {
    listings,
    settings,
    folds: Array.from({ length: count }, (_, fold) => fold),
    inFold,
    inGroup,
    fitWithoutFolds: (...folds) => fitWithout(`folds ${folds.toSorted().join(" and ")}`, folds.map(inFold)),
    fitWithoutGroup: (group) => fitWithout(`models of group ${group}`, [inGroup(group)]),
  };
}

function askAboutFold(study: Study, fold: number): Record<keyof typeof TOLD, ModelAnswer[]> {
  const { listings, folds, inFold, inGroup } = study;
  const isTested = inFold(fold);
  const known = folds
    .filter((other) => other !== fold)
    .flatMap((other) => knownHeldOut(study, study.fitWithoutFolds(fold, other), inFold(other)));
  const unknown = folds.flatMap((group) =>
    unknownHeldOut(study, group, (car) => inGroup(group)(car) && !isTested(car)),
  );
  const model = withSpread(study, study.fitWithoutFolds(fold), known, unknown);
  const tested = listings.filter(isTested);
  return {
    all: askModel(model, tested, TOLD.all),
    withoutMpgAndTax: askModel(model, tested, TOLD.withoutMpgAndTax),
    sixFields: askModel(model, tested, TOLD.sixFields),
  };
}

function askAboutUnknownModels(study: Study, group: number): ModelAnswer[] {
  const { listings, folds, inFold, inGroup } = study;
  const isTested = inGroup(group);
  const known = folds.flatMap((fold) =>
    knownHeldOut(study, study.fitWithoutFolds(fold), (car) => inFold(fold)(car) && !isTested(car)),
  );
  const others = folds.filter((other) => other !== group);
  const unknown = others.flatMap((other) => unknownHeldOut(study, other, inGroup(other)));
  return askModel(withSpread(study, study.fitWithoutGroup(group), known, unknown), listings.filter(isTested));
}

const knownHeldOut = ({ listings, settings }: Study, fit: PriceFit, choice: Choice): HeldOut[] =>
  priceHeldOut(fit, incompleteCopies(listings.filter(choice), settings));

const unknownHeldOut = ({ listings, fitWithoutGroup }: Study, group: number, choice: Choice): HeldOut[] =>
  priceHeldOut(fitWithoutGroup(group), listings.filter(choice).map(asUnknownModel));

const withSpread = ({ settings }: Study, fit: PriceFit, known: HeldOut[], unknown: HeldOut[]) => ({
  ...fit,
  spread: fitSpread(fit.encoder, known, unknown, settings.spread),
});
