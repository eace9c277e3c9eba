import type { CarListing } from "./car-listings.ts";
import { solve } from "./coefficients.ts";
import { REFERENCE_YEAR } from "./fit-encoder.ts";
import { mean, median } from "./statistics.ts";

/** A price in GBP for a car. */
export type Pricer = (car: CarListing) => number;

/** The median of the same model and year; of the model where there was none; of all cars otherwise. */
export function medianOfModelYear(listings: readonly CarListing[]): Pricer {
  const model = (car: CarListing) => `${car.brand}|${car.model}`;
  const modelYear = (car: CarListing) => `${model(car)}|${car.year}`;
  const byModel = mediansBy(listings, model);
  const byModelYear = mediansBy(listings, modelYear);
  const ofAll = median(listings.map((car) => car.priceGbp));
  return (car) => byModelYear.get(modelYear(car)) ?? byModel.get(model(car)) ?? ofAll;
}

function mediansBy(listings: readonly CarListing[], key: (car: CarListing) => string): Map<string, number> {
  const groups = Map.groupBy(listings, key);
  return new Map([...groups].map(([name, cars]) => [name, median(cars.map((car) => car.priceGbp))]));
}

const RIDGE_PENALTY = 1;

/** Ridge regression of log price on numbers (with age squared) and one column for each model, fuel and gearbox. */
export function linearModel(listings: readonly CarListing[]): Pricer {
  const columns = new Map<string, number>();
  for (const car of listings)
    for (const name of Object.keys(inputsOf(car))) if (!columns.has(name)) columns.set(name, columns.size);
  const size = columns.size;
  const matrix = Array.from({ length: size }, (_, i) => new Array<number>(size).fill(0).fill(RIDGE_PENALTY, i, i + 1));
  const target = new Array<number>(size).fill(0);
  const middle = mean(listings.map((car) => Math.log(car.priceGbp)));
  const entries = (car: CarListing): [number, number][] =>
    Object.entries(inputsOf(car)).flatMap(([name, value]) => {
      const column = columns.get(name);
      return column === undefined ? [] : [[column, value]];
    });
  for (const car of listings) {
    const row = entries(car);
    for (const [i, value] of row) {
      target[i]! += value * (Math.log(car.priceGbp) - middle);
      for (const [j, other] of row) matrix[i]![j]! += value * other;
    }
  }
  const weights = solve(matrix, target);
  return (car) => Math.exp(entries(car).reduce((sum, [i, value]) => sum + weights[i]! * value, middle));
}

/** Roughly of size 1, missing ones at a typical value, so that one penalty fits all. */
function inputsOf(car: CarListing): Record<string, number> {
  const age = REFERENCE_YEAR - car.year;
  return {
    one: 1,
    age: age / 5,
    ageSquared: (age / 5) ** 2,
    mileage: car.mileageMiles / 30_000,
    engine: (car.engineSize || 1.6) - 1.6,
    tax: ((car.tax ?? 120) - 120) / 60,
    mpg: (Math.min(car.mpg ?? 55, 150) - 55) / 15,
    [`${car.brand} ${car.model}`]: 1,
    [`fuel ${car.fuelType}`]: 1,
    [`gearbox ${car.transmission}`]: 1,
  };
}
