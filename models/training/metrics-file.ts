import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ModelMetrics } from "../../services/prediction/domain/model-card.ts";
import type { PipelineSettings } from "./price-pipeline.ts";
import { describeSettings, MODEL_NAME, MODEL_VERSION } from "./write-card.ts";

const FILE = join("models", MODEL_NAME, MODEL_VERSION, "metrics.json");

/** Figures hold for the data and the settings they were measured with. */
type Measured = { dataSha256: string; training: unknown; metrics: ModelMetrics };

/** What the bench measured on this data with these settings, if it was run. */
export function readMetrics(dataSha256: string, settings: PipelineSettings): ModelMetrics | undefined {
  if (!existsSync(FILE)) return undefined;
  const measured: Measured = JSON.parse(readFileSync(FILE, "utf8"));
  const sameSettings = JSON.stringify(measured.training) === JSON.stringify(describeSettings(settings));
  return measured.dataSha256 === dataSha256 && sameSettings ? measured.metrics : undefined;
}

/** Keeps the bench's figures for the card of the next training. */
export function writeMetrics(dataSha256: string, settings: PipelineSettings, metrics: ModelMetrics): string {
  const measured: Measured = { dataSha256, training: describeSettings(settings), metrics };
  writeFileSync(FILE, JSON.stringify(measured, null, 2) + "\n");
  return FILE;
}
