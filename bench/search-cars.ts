import { uuidv7 } from "uuidv7";
import { readListings } from "../models/training/car-listings.ts";
import { generateDemoCars } from "../services/listings/demo-cars.ts";
import type { Car } from "../services/listings/listings.contract.ts";
import { carDocument, type ShownCar } from "../services/search/domain/car-document.ts";
import type { CarDocument } from "../services/search/search-engine.ts";

const GENERATED = 77_000;
const RATINGS = ["great", "good", "fair", "high", "overpriced"] as const;

type Offered = Pick<Car, "brand" | "model" | "year" | "mileage" | "fuelType" | "transmission" | "engineSize" | "price">;

/** The cars of a CSV file of real listings, else as many generated ones, as documents in GBP. */
export function benchCars(file: string | undefined): { source: string; documents: CarDocument<ShownCar>[] } {
  const offered = file ? realCars(file) : generatedCars();
  const documents = offered.map((car, at) =>
    carDocument(listed(car, at), { dealRating: RATINGS[at % 5]!, ratedBy: "m@1" }),
  );
  const source = file ? `${documents.length} real cars` : `${documents.length} generated cars (CARS_CSV names no file)`;
  return { source, documents };
}

const realCars = (file: string): Offered[] =>
  readListings(file).listings.map(({ mileageMiles, priceGbp, ...car }) => ({
    ...car,
    mileage: mileageMiles,
    price: priceGbp,
    fuelType: car.fuelType as Car["fuelType"],
    transmission: car.transmission as Car["transmission"],
    engineSize: car.engineSize ?? 0,
  }));

const generatedCars = (): Offered[] => generateDemoCars(GENERATED).filter(({ currency }) => currency === "GBP");

const listed = (car: Offered, at: number): Car => ({
  id: uuidv7(),
  kind: "car",
  version: 1,
  sellerId: null,
  status: "onSale",
  demo: false,
  ...car,
  mileageUnit: "mi",
  currency: "GBP",
  title: `${car.year} ${car.brand} ${car.model}`,
  description: "",
  ...{ tax: null, mpg: null, accident: null, region: null, images: [] },
  createdAt: new Date(Date.UTC(2025, 0, 1) + at * 60_000).toISOString(),
  changedAt: new Date().toISOString(),
});
