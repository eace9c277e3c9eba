import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { parse } from "csv-parse/sync";
import type { CarInput } from "../../services/prediction/domain/car-features.ts";
import { textHash } from "./random.ts";

/** A car and what was asked for it. */
export type CarListing = CarInput & { priceGbp: number };

const COLUMNS = ["brand", "model", "year", "price", "transmission", "mileage", "fuelType", "tax", "mpg", "engineSize"];

/**
 * Reads listings from CSV (gzipped or not) with the columns brand, model, year, price (GBP), transmission, mileage
 * (miles), fuelType, tax (GBP a year), mpg, engineSize (litres). Empty cells are unknown.
 * @returns the listings and the sha256 of the file
 * @throws Error naming the column that is missing, or the line that has no usable year, mileage or price
 */
export function readListings(file: string): { listings: CarListing[]; sha256: string } {
  const bytes = readFileSync(file);
  const csv = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;
  const records: Record<string, string>[] = parse(csv, { columns: true, trim: true, bom: true });
  const missing = COLUMNS.find((column) => records[0]?.[column] === undefined);
  if (missing) throw new Error(`${file} has no column ${missing}`);
  return { listings: records.map(toListing), sha256: createHash("sha256").update(bytes).digest("hex") };
}

function toListing(record: Record<string, string>, index: number): CarListing {
  const number = (column: string) => (record[column] === "" ? undefined : Number(record[column]));
  const needed = (column: string): number => {
    const value = number(column);
    if (value === undefined || !(value >= 0)) throw new Error(`Line ${index + 2}: ${column} is not a number`);
    return value;
  };
  const priceGbp = needed("price");
  if (priceGbp === 0) throw new Error(`Line ${index + 2}: price is 0`);
  return {
    brand: record["brand"]!,
    model: record["model"]!,
    year: needed("year"),
    mileageMiles: needed("mileage"),
    fuelType: record["fuelType"]!,
    transmission: record["transmission"] || undefined,
    tax: number("tax"),
    mpg: number("mpg"),
    engineSize: number("engineSize"),
    priceGbp,
  };
}

/**
 * The fold (0 … folds - 1) of a listing. A car listed twice differs in price at most, so folds are drawn by all that
 * identifies the car: drawn by row, a model would be tested on cars it has seen.
 */
export const carFold = (car: CarListing, folds: number): number =>
  textHash(
    [car.brand, car.model, car.year, car.transmission, car.mileageMiles, car.fuelType, car.engineSize].join("|"),
  ) % folds;

/** The fold of a listing when whole models are held out. */
export const modelFold = (car: CarListing, folds: number): number => textHash(`${car.brand}|${car.model}`) % folds;
