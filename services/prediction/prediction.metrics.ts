import { counter, gauge, histogram } from "../../mixins/metrics/metrics.ts";
import type { PriceModels } from "./price-model.ts";

/** Cars valued, by what was asked: predict, chart, batch, value, rate or infer. */
export const predictions = counter("predictions_total", "Cars valued, by what was asked", ["kind"]);

export const batchRows = histogram("prediction_batch_rows", "Cars that one run of the model valued together", {
  buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
  labels: ["place"],
});
export const rowsWaiting = gauge("prediction_rows_waiting", "Cars that wait for the next run of the model");
export const jobsWaiting = gauge("prediction_jobs_waiting", "Large batches and Shapley values that wait for a thread");
const modelInfo = gauge("prediction_model_info", "1, with the version of the model that serves", ["version"]);
const isServing = gauge("prediction_model_serving", "1 while a model serves, else 0");

/** Shows which version serves, and whether one does. */
export function showModel(models: PriceModels): () => void {
  const version = () => models.use(({ card }) => card.version).catch(() => undefined);
  const stops = [
    modelInfo.read(async () => {
      const serving = await version();
      return serving === undefined ? [] : [{ labels: { version: serving }, value: 1 }];
    }),
    isServing.read(async () => ((await version()) === undefined ? 0 : 1)),
  ];
  return () => stops.forEach((stop) => stop());
}
