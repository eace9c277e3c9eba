import type {
  Coefficients,
  EncoderTable,
  KnownBrand,
  KnownModel,
} from "../../services/prediction/domain/car-features.ts";
import type { CarListing } from "./car-listings.ts";
import { shrunkCoefficients, type RegressionRow } from "./coefficients.ts";
import { quantile } from "./statistics.ts";

/** The year of the data: ages count from here. */
export const REFERENCE_YEAR = 2020;

const NO_OPINION: Coefficients = [0, 0, 0, 0];

/** Learns names, ranges and the coefficients of market, brands and models from listings. */
export function fitEncoder(listings: readonly CarListing[]): EncoderTable {
  const rows = regressionRows(listings);
  const market = rounded(shrunkCoefficients([...rows.values()], NO_OPINION));
  const years = listings.map((car) => car.year);
  const miles = listings.map((car) => car.mileageMiles);
  let code = 0;
  const brands = grouped(listings, (car) => car.brand).map(([name, cars]): KnownBrand => {
    const coefficients = rounded(
      shrunkCoefficients(
        cars.map((car) => rows.get(car)!),
        market,
      ),
    );
    const models = grouped(cars, (car) => car.model)
      .map(([modelName, its]) => knownModel(modelName, its, rows, coefficients))
      .sort((a, b) => a.coefficients[0] - b.coefficients[0]);
    return { name, coefficients, models: models.map((model) => ({ ...model, code: ++code })) };
  });
  return {
    referenceYear: REFERENCE_YEAR,
    firstYear: years.reduce((a, b) => Math.min(a, b)),
    lastYear: years.reduce((a, b) => Math.max(a, b)),
    usualMileageMiles: { low: quantile(miles, 0.005), high: quantile(miles, 0.995) },
    market,
    brands,
  };
}

function knownModel(
  name: string,
  cars: readonly CarListing[],
  rows: ReadonlyMap<CarListing, RegressionRow>,
  brand: Coefficients,
): KnownModel {
  const years = cars.map((car) => car.year);
  return {
    name,
    code: 0,
    cars: cars.length,
    firstYear: Math.min(...years),
    lastYear: Math.max(...years),
    fuelTypes: [...new Set(cars.map((car) => car.fuelType))].sort(),
    coefficients: rounded(
      shrunkCoefficients(
        cars.map((car) => rows.get(car)!),
        brand,
      ),
    ),
  };
}

/** Inputs around the market's means, so that a level is the log price of the mean car. */
function regressionRows(listings: readonly CarListing[]): Map<CarListing, RegressionRow> {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const age = mean(listings.map((car) => REFERENCE_YEAR - car.year));
  const miles = mean(listings.map((car) => car.mileageMiles));
  const litres = mean(listings.flatMap((car) => car.engineSize || []));
  return new Map(
    listings.map((car) => [
      car,
      {
        inputs: [
          1,
          REFERENCE_YEAR - car.year - age,
          (car.mileageMiles - miles) / 10_000,
          (car.engineSize || litres) - litres,
        ],
        logPrice: Math.log(car.priceGbp),
      },
    ]),
  );
}

/** Groups by name, in alphabetical order. */
function grouped(cars: readonly CarListing[], name: (car: CarListing) => string): [string, CarListing[]][] {
  return [...Map.groupBy(cars, name)].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Coefficients as 32-bit floats hold them, short enough to read. */
const rounded = (coefficients: Coefficients): Coefficients =>
  coefficients.map((value) => Math.round(value * 1e5) / 1e5) as unknown as Coefficients;
