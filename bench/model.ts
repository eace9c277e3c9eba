/**
 * Measures the price model: `npm run bench:model -- FILE.csv.gz` (or CARS_CSV=FILE.csv.gz). Trains twenty times, so it
 * takes about a quarter of an hour. Prints tables and keeps the figures for the card of the next training.
 */
import { readListings } from "../models/training/car-listings.ts";
import { writeMetrics } from "../models/training/metrics-file.ts";
import { measureModel } from "../models/training/model-metrics.ts";
import { pipelineSettings } from "../models/training/price-pipeline.ts";
import { showProgress } from "../models/training/show-progress.ts";
import type { Figures } from "../services/prediction/domain/model-card.ts";

const file = process.argv[2] ?? process.env["CARS_CSV"];
if (!file) {
  console.error("Usage: npm run bench:model -- FILE.csv.gz");
  process.exit(2);
}
const { listings, sha256 } = readListings(file);
const settings = pipelineSettings(false);
const metrics = measureModel(listings, settings, showProgress());
const print = (title: string, rows: Record<string, Figures>) => {
  console.log(`\n${title}`);
  console.table(rows);
};
console.log(metrics.method);
print("By what is told of a car", metrics.byInputs);
print("By brand", metrics.byBrand);
print("By real price, GBP", metrics.byPriceGbp);
print("Simple ways", metrics.baselines);
console.log(`\nWritten to ${writeMetrics(sha256, settings, metrics)}`);
