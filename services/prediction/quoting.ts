import { within } from "../../mixins/within.ts";
import { parseInput, type CallContext } from "../../mixins/answer.ts";
import { InvalidInput, type InputFault } from "../../mixins/failure.ts";
import { Search } from "../search/search.contract.ts";
import { curveMileages, depreciationCurve } from "./domain/depreciation-curve.ts";
import { drawPriceChart } from "./domain/price-chart.ts";
import { inMiles, mileageIn, mileageUnitOf, modelInput, valuationOf, type FxRates } from "./domain/price-quote.ts";
import { COMPARABLES_UNAVAILABLE } from "./domain/quote-warnings.ts";
import { PricedCar, type Comparable, type Quote, type Valuation } from "./prediction.contract.ts";
import type { AttributionMethod, PriceModel } from "./price-model.ts";

/** How long an answer waits for comparable cars, which it can do without. */
const COMPARABLES_WAIT_MS = 800;

/** Valuations in the order of the cars. */
export async function valueCars(model: PriceModel, cars: readonly PricedCar[], rates: FxRates): Promise<Valuation[]> {
  const inputs = cars.map((car) => modelInput(car, model.card.currency));
  const [estimates, effects] = await Promise.all([model.estimate(inputs), model.attribute(inputs, "path")]);
  return cars.map((car, index) =>
    valuationOf({ car, estimate: estimates[index]!, effects: effects[index]! }, model.card, rates),
  );
}

/**
 * A valuation with what the same car is worth at 25 mileages, in the unit in which its mileage was given; never rising.
 * All estimates are one batch.
 */
export async function appraise(model: PriceModel, car: PricedCar, rates: FxRates, method: AttributionMethod = "path") {
  const unit = mileageUnitOf(car, model.card.currency);
  const input = modelInput(car, model.card.currency);
  const mileages = curveMileages(car.mileage);
  const elsewhere = mileages.map((mileage) => ({ ...input, mileageMiles: inMiles(mileage, unit) }));
  const [[estimate, ...others], [effects]] = await Promise.all([
    model.estimate([input, ...elsewhere]),
    model.attribute([input], method),
  ]);
  const prices = others.map(({ quantiles }) => quantiles[1]);
  return {
    ...valuationOf({ car, estimate: estimate!, effects: effects! }, model.card, rates),
    mileageUnit: unit,
    depreciation: depreciationCurve(mileages, prices),
  };
}

/** Comparable cars on sale; undefined when search does not give them in time. */
export const comparablesOf = (
  ctx: CallContext,
  car: PricedCar,
  currency: string,
  limit: number,
): Promise<Comparable[] | undefined> =>
  within(COMPARABLES_WAIT_MS, Search.comparables(ctx, { car, currency, limit }), "Finding comparable cars").then(
    ({ comparables }) => comparables,
    () => undefined,
  );

/** Joins what the model says with what the market shows; missing comparables are a warning. */
export function quoteOf(
  appraisal: Awaited<ReturnType<typeof appraise>>,
  comparables: readonly Comparable[] | undefined,
  about: Pick<Quote, "requestId" | "attribution">,
): Quote {
  const warnings = comparables ? appraisal.warnings : [...appraisal.warnings, COMPARABLES_UNAVAILABLE];
  return { ...about, ...appraisal, warnings, comparables: [...(comparables ?? [])] };
}

/** The chart of a car as SVG, all mileages in the unit of the car's. */
export function chartOf(
  car: PricedCar & { lang: "en" | "ko" },
  { price, low, high, currency, asOf, mileageUnit, depreciation }: Awaited<ReturnType<typeof appraise>>,
  comparables: readonly Comparable[],
): string {
  const asked = (car.currency ?? currency) === currency ? car.price : undefined;
  return drawPriceChart({
    lang: car.lang,
    title: `${car.year} ${car.brand} ${car.model} · ${car.fuelType}`,
    currency,
    asOf,
    mileageUnit,
    car: { mileage: car.mileage, price, low, high, ...(asked !== undefined && { asked }) },
    trend: [...depreciation, { mileage: car.mileage, price }].sort((a, b) => a.mileage - b.mileage),
    comparables: comparables
      .filter((comparable) => comparable.currency === currency)
      .map(({ mileage, mileageUnit: from, price }) => ({ mileage: mileageIn(mileageUnit, mileage, from), price })),
  });
}

/** Values the well-formed cars of a list; a bad one is answered in its place with its faults. */
export async function valueEach(model: PriceModel, inputs: readonly unknown[], rates: FxRates) {
  const parsed = inputs.map(parsedCar);
  const valuations = await valueCars(
    model,
    parsed.filter((car): car is PricedCar => !("errors" in car)),
    rates,
  );
  let next = 0;
  return parsed.map((car) => ("errors" in car ? car : valuations[next++]!));
}

function parsedCar(input: unknown): PricedCar | { errors: InputFault[] } {
  try {
    return parseInput(PricedCar, input);
  } catch (error) {
    if (!InvalidInput.is(error)) throw error;
    return { errors: (error as { data: { errors: InputFault[] } }).data.errors };
  }
}
