import packageJson from "../../package.json" with { type: "json" };
import type { Handlers } from "../../mixins/answer.ts";
import type { Contract } from "../../mixins/contract.ts";
import { carsFromTensors, INPUTS, outputNames, OUTPUTS, tensorsOf } from "./domain/open-inference.ts";
import { modelInput } from "./domain/price-quote.ts";
import { ModelNotFound, type InferenceRequest, type openInferenceActions } from "./open-inference.contract.ts";
import { predictions } from "./prediction.metrics.ts";
import { MODEL_NAME, type PriceModel, type PriceModels } from "./price-model.ts";

type Named = { name: string; version?: string };

/** Answers of the Open Inference Protocol from the same models that price cars. */
export function openInferenceHandlers(models: () => PriceModels): Handlers<Contract<typeof openInferenceActions>> {
  const use = <T>({ name, version }: Named, work: (model: PriceModel) => T | Promise<T>): Promise<T> => {
    if (name !== MODEL_NAME) throw ModelNotFound({ detail: `The only model is ${MODEL_NAME}` });
    return models().use(work, version);
  };
  const metadata = (named: Named) =>
    use(named, async ({ card }) => ({
      name: card.name,
      versions: await models().versions(),
      platform: "onnx_onnxv1",
      inputs: INPUTS,
      outputs: OUTPUTS,
    }));
  const ready = (named: Named) => use(named, ({ card }) => ({ name: card.name, ready: true as const }));
  const infer = (request: Named & InferenceRequest) => use(request, (model) => inference(model, request));

  return {
    serverLive: () => ({ live: true }),
    serverReady: () => models().use(() => ({ live: true, ready: true })),
    serverMetadata: () => ({ name: packageJson.name, version: packageJson.version, extensions: [] }),
    modelMetadata: metadata,
    modelVersionMetadata: metadata,
    modelReady: ready,
    modelVersionReady: ready,
    infer,
    inferWithVersion: infer,
  };
}

async function inference(model: PriceModel, { id, inputs, outputs }: InferenceRequest) {
  const wanted = outputNames(outputs?.map(({ name }) => name));
  const cars = carsFromTensors(inputs).map((car) => modelInput(car, model.card.currency));
  const estimates = await model.estimate(cars);
  predictions.add({ kind: "infer" }, cars.length);
  return {
    model_name: model.card.name,
    model_version: model.card.version,
    ...(id === undefined ? {} : { id }),
    outputs: tensorsOf(estimates, wanted),
  };
}
