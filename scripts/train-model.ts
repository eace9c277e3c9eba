/**
 * Trains the price model: `npm run model:train -- FILE.csv.gz [--quick] [--out DIR]`.
 * The same file and settings give the same bytes. Figures in the card come from the last `npm run bench:model`.
 */
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { artifactFiles, writeArtifacts } from "../models/training/artifacts.ts";
import { readListings } from "../models/training/car-listings.ts";
import { readMetrics } from "../models/training/metrics-file.ts";
import { pipelineSettings, trainPriceModel } from "../models/training/price-pipeline.ts";
import { showProgress } from "../models/training/show-progress.ts";
import { MODEL_NAME, MODEL_VERSION, writeCard } from "../models/training/write-card.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: "boolean", default: false }, out: { type: "string" } },
});
const [file] = positionals;
if (!file) {
  console.error("Usage: npm run model:train -- FILE.csv.gz [--quick] [--out DIR]");
  process.exit(2);
}
const { listings, sha256 } = readListings(file);
const settings = pipelineSettings(values.quick);
const model = trainPriceModel(listings, settings, showProgress());
const metrics = readMetrics(sha256, settings);
const card = writeCard(model, listings, { file: basename(file), sha256 }, settings, metrics);
const files = artifactFiles(model, card);
const folder = values.out ?? join("models", MODEL_NAME, MODEL_VERSION);
writeArtifacts(folder, files);
for (const [name, content] of Object.entries(files)) console.log(`${join(folder, name)}  ${content.length} bytes`);
if (!values.quick && !metrics)
  console.log("No figures for this file and these settings: run npm run bench:model, then train again.");
