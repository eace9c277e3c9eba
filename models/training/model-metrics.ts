import type { ModelMetrics } from "../../services/prediction/domain/model-card.ts";
import { linearModel, medianOfModelYear, type Pricer } from "./baselines.ts";
import { carFold, type CarListing } from "./car-listings.ts";
import { crossValidate } from "./cross-validation.ts";
import { figures, rangeFigures, type Answer } from "./figures.ts";
import type { PipelineSettings, Progress } from "./price-pipeline.ts";

/** Lower ends of the bands of real prices, in GBP. */
const PRICE_BANDS_GBP = [0, 5_000, 7_000, 10_000, 15_000, 20_000, 30_000, 50_000];

const METHOD =
  "Five folds over all cars; cars of equal brand, model, year, gearbox, mileage, fuel and engine share a fold. Ranges " +
  "are learnt within the other four folds. unfamiliar: odd cars of known models. unknownModel: five groups of whole " +
  "models held out. No car is left out of the figures.";

/** Measures the whole training, and two simple ways to price cars, on cars they have not seen. */
export function measureModel(
  listings: readonly CarListing[],
  settings: PipelineSettings,
  progress: Progress,
): ModelMetrics {
  const answers = crossValidate(listings, settings, progress);
  const { all } = answers;
  const byInputs = { ...answers, unfamiliar: all.filter(({ unfamiliar }) => unfamiliar) };
  return {
    method: METHOD,
    byInputs: mapValues(byInputs, rangeFigures),
    byBrand: mapValues(
      groups(all, ({ listing }) => listing.brand),
      rangeFigures,
    ),
    byPriceGbp: mapValues(
      groups(all, ({ realGbp }) => priceBand(realGbp)),
      rangeFigures,
    ),
    baselines: {
      medianOfModelYear: figures(answersOf(listings, settings.folds, medianOfModelYear)),
      linearModel: figures(answersOf(listings, settings.folds, linearModel)),
    },
  };
}

function answersOf(listings: readonly CarListing[], folds: number, fit: (cars: CarListing[]) => Pricer): Answer[] {
  return Array.from({ length: folds }, (_, fold) => {
    const isHeldOut = (car: CarListing) => carFold(car, folds) === fold;
    const price = fit(listings.filter((car) => !isHeldOut(car)));
    return listings.filter(isHeldOut).map((car) => ({ realGbp: car.priceGbp, priceGbp: price(car) }));
  }).flat();
}

/** "10000-15000", or "50000-" for the last. */
function priceBand(priceGbp: number): string {
  const at = PRICE_BANDS_GBP.findLastIndex((low) => priceGbp >= low);
  return `${PRICE_BANDS_GBP[at]}-${PRICE_BANDS_GBP[at + 1] ?? ""}`;
}

/** Groups in the natural order of their names. */
const groups = <T>(items: readonly T[], name: (item: T) => string): Record<string, T[]> =>
  Object.fromEntries([...Map.groupBy(items, name)].sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true })));

const mapValues = <T, R>(record: Record<string, T>, change: (value: T) => R): Record<string, R> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
