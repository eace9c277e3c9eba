import { parentPort } from "node:worker_threads";
import type { AttributionMethod, LogEffects } from "../price-model.ts";
import { openSession, type OnnxSession, type RawEstimates } from "./onnx-session.ts";
import { treeExplainer, type TreeExplainer } from "./tree-explainer.ts";
import type { FromWorker, ToWorker } from "./worker-pool.ts";

/** What a worker keeps of a model version: the bytes of its two files. */
export type ModelBytes = { onnx: Uint8Array; trees: Uint8Array };

/** Work for rows of FEATURES values on the model kept under `model`. */
export type ModelJob =
  | { kind: "estimate"; model: string; rows: Float32Array }
  | { kind: "attribute"; model: string; rows: Float32Array; method: AttributionMethod };
export type ModelJobResult = RawEstimates | LogEffects[];

/** Both halves of a model, opened when first asked for. */
type Kept = { bytes: ModelBytes; session?: Promise<OnnxSession>; explainer?: TreeExplainer };
const kept = new Map<string, Kept>();

async function perform(job: ModelJob): Promise<ModelJobResult> {
  const model = kept.get(job.model);
  if (!model) throw new Error(`No model is kept under ${job.model}`);
  if (job.kind === "estimate") return (await (model.session ??= openSession(model.bytes.onnx))).run(job.rows);
  return (model.explainer ??= treeExplainer(model.bytes.trees)).explain(job.rows, job.method);
}

async function forget(key: string): Promise<void> {
  const session = kept.get(key)?.session;
  kept.delete(key);
  await (await session)?.release();
}

const answer = (message: FromWorker<ModelJobResult>) => parentPort!.postMessage(message);

parentPort!.on("message", (message: ToWorker<ModelJob>) => {
  if (message.kind === "keep") kept.set(message.key, { bytes: message.value as ModelBytes });
  else if (message.kind === "forget") void forget(message.key);
  else
    perform(message.job).then(
      (result) => answer({ result }),
      (error: Error) => answer({ error: error.message }),
    );
});
