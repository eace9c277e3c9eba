import { availableParallelism } from "node:os";
import path from "node:path";
import { jobsWaiting } from "../prediction.metrics.ts";
import { MODEL_NAME, type PriceModels } from "../price-model.ts";
import { ModelShelf } from "./model-shelf.ts";
import { openOnnxModel, type ModelPool } from "./onnx-model.ts";
import { WorkerPool } from "./worker-pool.ts";

/** About two seconds of Shapley values; whoever comes later would wait past the deadline and is told to come back. */
const MOST_WAITING_JOBS = 40;
const CHECK_EVERY_MS = 5000;

/** The car price models below a directory, not yet open. */
export function onnxModels(options: {
  modelDir: string;
  log: { info(message: string): void; warn(message: string): void };
  checkEveryMs?: number;
}): PriceModels {
  const pool: ModelPool = new WorkerPool({
    script: new URL("./model.worker.ts", import.meta.url),
    size: availableParallelism() > 2 ? 2 : 1,
    mostWaiting: MOST_WAITING_JOBS,
  });
  const stopReading = jobsWaiting.read(() => pool.waiting);
  return new ModelShelf({
    directory: path.join(options.modelDir, MODEL_NAME),
    openModel: (directory) => openOnnxModel(directory, pool),
    checkEveryMs: options.checkEveryMs ?? CHECK_EVERY_MS,
    log: options.log,
    onClosed: async () => {
      stopReading();
      await pool.close();
    },
  });
}
