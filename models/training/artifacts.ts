import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ModelCard } from "../../services/prediction/domain/model-card.ts";
import { encodeTrees } from "../../services/prediction/domain/tree-bytes.ts";
import { goldenCars } from "./golden-cars.ts";
import { onnxModel } from "./onnx-model.ts";
import type { PriceModel } from "./price-pipeline.ts";

const json = (value: unknown, indent?: number): string => JSON.stringify(value, null, indent) + "\n";

/** The files of a model version by name. The same model and card give the same bytes. */
export function artifactFiles(model: PriceModel, card: ModelCard): Record<string, Uint8Array | string> {
  return {
    "model.onnx": onnxModel(model, `hallabong ${card.name} ${card.version}`),
    "trees.bin": encodeTrees(model.trees),
    "encoder.json": json(model.encoder.table),
    "golden.json": json(goldenCars(model)),
    "card.json": json(card, 2),
  };
}

/** Writes the files of a model version into a folder. */
export function writeArtifacts(folder: string, files: Record<string, Uint8Array | string>): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
}
