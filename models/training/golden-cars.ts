import { encodeCar, type CarInput, type EncoderTable } from "../../services/prediction/domain/car-features.ts";
import { scoreFeatures, type PriceModel } from "./price-pipeline.ts";

/** golden.json: invented cars and what the model must answer, for a node to check before it serves. */
export type Golden = {
  /** How far a runtime may be off in mu and sigma; prices by the same share. */
  tolerance: number;
  cars: { car: CarInput; mu: number; sigma: number; quantilesGbp: [number, number, number] }[];
};

const TOLERANCE = 1e-4;
const GEARBOXES = ["Manual", "Automatic", "Semi-Auto", undefined];

/** Prices invented cars of every brand, some with gaps, some that nobody knows. */
export function goldenCars(model: PriceModel): Golden {
  const { q10, q90 } = model.spread.quantiles;
  const cars = inventedCars(model.encoder.table).map((car): Golden["cars"][number] => {
    const { mu, sigma } = scoreFeatures(model, encodeCar(model.encoder, car).features);
    return { car, mu, sigma, quantilesGbp: [Math.exp(mu + q10 * sigma), Math.exp(mu), Math.exp(mu + q90 * sigma)] };
  });
  return { tolerance: TOLERANCE, cars };
}

function inventedCars(table: EncoderTable): CarInput[] {
  const known = table.brands.flatMap((brand, b) =>
    brand.models.filter((_, m) => m % 4 === b % 4).map((model) => ({ brand: brand.name, model })),
  );
  const cars = known.map(({ brand, model }, i): CarInput => {
    const year = model.firstYear + ((i * 7) % (model.lastYear - model.firstYear + 1));
    return {
      brand,
      model: model.name,
      year,
      mileageMiles: 500 + (table.referenceYear - year) * 7_000 + i * 111,
      fuelType: model.fuelTypes[i % model.fuelTypes.length]!,
      transmission: GEARBOXES[i % GEARBOXES.length],
      engineSize: i % 5 === 0 ? undefined : 1 + (i % 7) * 0.3,
      tax: i % 3 === 0 ? undefined : 145,
      mpg: i % 3 === 1 ? undefined : 35 + (i % 25),
    };
  });
  const stranger = { year: 2018, mileageMiles: 21_000, fuelType: "Petrol", engineSize: 1.6 };
  return [
    ...cars,
    ...table.brands.map(({ name }) => ({ ...stranger, brand: name, model: "Unheard of" })),
    { ...stranger, brand: "Unheard of", model: "Unheard of" },
    { ...stranger, brand: "Unheard of", model: "Unheard of", year: 2026, mileageMiles: 400_000, fuelType: "Steam" },
  ];
}
