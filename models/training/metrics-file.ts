import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ModelMetrics } from "../../services/prediction/domain/model-card.ts";
import { MODEL_NAME, MODEL_VERSION } from "./write-card.ts";

const FILE = join("models", MODEL_NAME, MODEL_VERSION, "metrics.json");

type MeasuredOn = { dataSha256: string; metrics: ModelMetrics };

/** What the bench measured on this data, if it was run. */
export function readMetrics(dataSha256: string): ModelMetrics | undefined {
  if (!existsSync(FILE)) return undefined;
  const measured: MeasuredOn = JSON.parse(readFileSync(FILE, "utf8"));
  return measured.dataSha256 === dataSha256 ? measured.metrics : undefined;
}

/** Keeps the bench's figures for the card of the next training. */
export function writeMetrics(dataSha256: string, metrics: ModelMetrics): string {
  const measured: MeasuredOn = { dataSha256, metrics };
  writeFileSync(FILE, JSON.stringify(measured, null, 2) + "\n");
  return FILE;
}
