import type { CarListing } from "../../models/training/car-listings.ts";
import { seededRandom } from "../../models/training/random.ts";

const MODELS = [
  { brand: "Audi", model: "A1", worth: 18_000, fuelTypes: ["Petrol", "Diesel"] },
  { brand: "Audi", model: "A6", worth: 38_000, fuelTypes: ["Diesel"] },
  { brand: "Ford", model: "KA", worth: 9_000, fuelTypes: ["Petrol"] },
  { brand: "Ford", model: "Ka+", worth: 10_000, fuelTypes: ["Petrol"] },
  { brand: "Mercedes-Benz", model: "C Class", worth: 34_000, fuelTypes: ["Petrol", "Diesel", "Hybrid"] },
  { brand: "Toyota", model: "Yaris", worth: 14_000, fuelTypes: ["Petrol", "Hybrid"] },
];
const GEARBOXES = ["Manual", "Automatic", "Semi-Auto"];

/** Listings of a small market whose prices follow age, mileage and engine, with noise; some fields are left out. */
export function inventedListings(count: number, seed = 1): CarListing[] {
  const random = seededRandom(seed);
  const oneOf = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const sometimes = <T>(value: T): T | undefined => (random() < 0.9 ? value : undefined);
  return Array.from({ length: count }, () => {
    const { brand, model, worth, fuelTypes } = oneOf(MODELS);
    const year = 2010 + Math.floor(random() * 11);
    const mileageMiles = Math.round((2020.5 - year) * 9_000 * (0.4 + 1.2 * random()));
    const engineSize = 1 + Math.floor(random() * 10) / 5;
    const log = -0.13 * (2020 - year) - mileageMiles / 200_000 + 0.15 * engineSize + 0.1 * (random() + random() - 1);
    return {
      brand,
      model,
      year,
      mileageMiles,
      fuelType: oneOf(fuelTypes),
      transmission: sometimes(oneOf(GEARBOXES)),
      tax: sometimes(Math.floor(random() * 30) * 10),
      mpg: sometimes(70 - 12 * engineSize),
      engineSize: sometimes(engineSize),
      priceGbp: Math.round(worth * Math.exp(log)),
    };
  });
}
