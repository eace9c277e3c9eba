import { z } from "zod";
import { failure } from "../../mixins/failure.ts";

/**
 * The Open Inference Protocol v2 over HTTP, as standard clients speak it
 * (https://github.com/kserve/open-inference-protocol, specification/protocol/inference_rest.md).
 */

export const ModelUnavailable = failure("PREDICTION_UNAVAILABLE", 503, "No price model is ready");
export const ModelNotFound = failure("MODEL_NOT_FOUND", 404, "There is no such model or version");

/** Rows in one inference request. */
export const MOST_ROWS = 1000;

const ModelName = z
  .string()
  .min(1)
  .max(64)
  .meta({ examples: ["car-price"] });
const Version = z
  .string()
  .min(1)
  .max(64)
  .meta({ examples: ["1.0.0"] });
const TensorName = z.string().min(1).max(64);
const RequestId = z.string().max(200);
const Parameters = z.record(z.string().max(100), z.unknown()).meta({ description: "None has an effect" });

const DATATYPES = [
  ...["BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64"],
  ...["FP16", "FP32", "FP64", "BYTES"],
] as const;
const Datatype = z.enum(DATATYPES);

const TensorMetadata = z
  .strictObject({ name: TensorName, datatype: Datatype, shape: z.array(z.int()).meta({ description: "-1: any" }) })
  .meta({ id: "TensorMetadata" });

export const InputTensor = z
  .strictObject({
    name: TensorName.meta({ description: "A field of a car as in POST /train/predict", examples: ["brand"] }),
    shape: z.array(z.int().min(1).max(MOST_ROWS)).min(1).max(2).meta({ description: "[N] or [N, 1]" }),
    datatype: Datatype.meta({ description: "BYTES for text; any number type for numbers" }),
    parameters: Parameters.optional(),
    data: z.array(z.unknown()).min(1).max(MOST_ROWS).meta({
      description: "Row by row, flat or as arrays of one. null where a field is not known",
    }),
  })
  .meta({ id: "InputTensor" });
export type InputTensor = z.infer<typeof InputTensor>;

export const OutputTensor = z
  .strictObject({ name: TensorName, datatype: Datatype, shape: z.array(z.int()), data: z.array(z.number()) })
  .meta({ id: "OutputTensor" });
export type OutputTensor = z.infer<typeof OutputTensor>;

const InferenceRequest = z.strictObject({
  id: RequestId.optional(),
  parameters: Parameters.optional(),
  inputs: z.array(InputTensor).min(1).max(20),
  outputs: z
    .array(z.strictObject({ name: TensorName, parameters: Parameters.optional() }))
    .max(20)
    .optional()
    .meta({ description: "Default: all" }),
});
export type InferenceRequest = z.infer<typeof InferenceRequest>;
const InferenceResponse = z
  .strictObject({
    model_name: z.string(),
    model_version: z.string(),
    id: RequestId.optional(),
    outputs: z.array(OutputTensor),
  })
  .meta({ id: "InferenceResponse" });

const ModelMetadata = z
  .strictObject({
    name: z.string(),
    versions: z.array(z.string()),
    platform: z.string(),
    inputs: z.array(TensorMetadata),
    outputs: z.array(TensorMetadata),
  })
  .meta({ id: "ModelMetadata" });
const ModelReady = z.strictObject({ name: z.string(), ready: z.literal(true) }).meta({ id: "ModelReady" });

const column = (name: string, datatype: string, data: unknown[]) => ({ name, shape: [data.length], datatype, data });
const example = {
  id: "42",
  inputs: [
    column("brand", "BYTES", ["Audi"]),
    column("model", "BYTES", ["A6"]),
    column("year", "INT64", [2017]),
    column("mileage", "FP32", [21000]),
    column("fuelType", "BYTES", ["Diesel"]),
  ],
  outputs: [{ name: "quantiles" }],
};

const common = { auth: "public", atRoot: true, idempotent: true } as const;
const failures = [ModelNotFound, ModelUnavailable] as const;
const nothing = z.strictObject({});
const named = z.strictObject({ name: ModelName });
const versioned = z.strictObject({ name: ModelName, version: Version });

/** The actions of the protocol; they are part of the prediction contract. */
export const openInferenceActions = {
  serverLive: {
    ...common,
    http: "GET /v2/health/live",
    summary: "Open Inference Protocol: the server answers",
    params: nothing,
    result: z.strictObject({ live: z.literal(true) }),
  },
  serverReady: {
    ...common,
    http: "GET /v2/health/ready",
    summary: "Open Inference Protocol: a model serves",
    params: nothing,
    // The specification's text says `live`, its clients look for `ready`.
    result: z.strictObject({ live: z.literal(true), ready: z.literal(true) }),
    failures: [ModelUnavailable],
  },
  serverMetadata: {
    ...common,
    http: "GET /v2",
    summary: "Open Inference Protocol: what this server is",
    params: nothing,
    result: z.strictObject({ name: z.string(), version: z.string(), extensions: z.array(z.string()) }),
  },
  modelMetadata: {
    ...common,
    http: "GET /v2/models/:name",
    summary: "Open Inference Protocol: versions, inputs and outputs of the serving model",
    params: named,
    result: ModelMetadata,
    failures,
  },
  modelVersionMetadata: {
    ...common,
    http: "GET /v2/models/:name/versions/:version",
    summary: "Open Inference Protocol: versions, inputs and outputs of one version",
    params: versioned,
    result: ModelMetadata,
    failures,
  },
  modelReady: {
    ...common,
    http: "GET /v2/models/:name/ready",
    summary: "Open Inference Protocol: the model serves",
    params: named,
    result: ModelReady,
    failures,
  },
  modelVersionReady: {
    ...common,
    http: "GET /v2/models/:name/versions/:version/ready",
    summary: "Open Inference Protocol: this version is loaded and has passed its golden cars",
    params: versioned,
    result: ModelReady,
    failures,
  },
  infer: {
    ...common,
    http: "POST /v2/models/:name/infer",
    timeoutMs: 9000,
    maxBodyBytes: 500_000,
    large: true,
    summary: "Open Inference Protocol: estimates of the serving model, one tensor a field, one row a car",
    params: named.extend(InferenceRequest.shape),
    result: InferenceResponse,
    failures,
    example,
  },
  inferWithVersion: {
    ...common,
    http: "POST /v2/models/:name/versions/:version/infer",
    timeoutMs: 9000,
    maxBodyBytes: 500_000,
    large: true,
    summary: "Open Inference Protocol: estimates of one version",
    params: versioned.extend(InferenceRequest.shape),
    result: InferenceResponse,
    failures,
    example,
  },
} as const;
