import type { ServiceBroker } from "moleculer";
import { FuelType, Prediction } from "../../../services/prediction/prediction.contract.ts";
import { AUDI, GOLDEN, modelShelf, predictionNode } from "./node.ts";

let shelf: ReturnType<typeof modelShelf>;
let node: ServiceBroker;
beforeAll(async () => {
  shelf = modelShelf();
  ["1.0.0", "1.1.0"].forEach((version) => shelf.put(version));
  node = await predictionNode({ modelDir: shelf.modelDir });
});
afterAll(async () => {
  await node.stop();
  shelf.remove();
});

const tensor = (name: string, datatype: string, data: unknown[], shape = [data.length]) => ({
  name,
  shape,
  datatype,
  data,
});
const REQUIRED = [
  tensor("brand", "BYTES", ["Audi", "VW"]),
  tensor("model", "BYTES", ["A6", "Golf"]),
  tensor("year", "INT64", [2017, 2018]),
  tensor("mileage", "FP32", [21_000, 8000]),
  tensor("fuelType", "BYTES", ["Diesel", "Petrol"]),
];
const infer = (request: object) =>
  node.call("prediction.infer", { name: "car-price", ...request }) as Promise<{
    model_name: string;
    model_version: string;
    id?: string;
    outputs: { name: string; datatype: string; shape: number[]; data: number[] }[];
  }>;
/** REQUIRED with some tensors replaced or added. */
const inputs = (...changed: ReturnType<typeof tensor>[]) => [
  ...REQUIRED.filter(({ name }) => !changed.some((tensor) => tensor.name === name)),
  ...changed,
];

test("the server says what it is, that it lives and that it is ready", async () => {
  expect(await Prediction.serverLive(node, {})).toEqual({ live: true });
  expect(await Prediction.serverReady(node, {})).toEqual({ live: true, ready: true });
  expect(await Prediction.serverMetadata(node, {})).toEqual({
    name: "hallabong",
    version: expect.any(String),
    extensions: [],
  });
});

test("the model's metadata name versions, inputs and outputs", async () => {
  const metadata = await Prediction.modelMetadata(node, { name: "car-price" });
  expect(metadata).toMatchObject({ name: "car-price", versions: ["1.1.0", "1.0.0"], platform: "onnx_onnxv1" });
  expect(metadata.inputs).toContainEqual({ name: "brand", datatype: "BYTES", shape: [-1] });
  expect(metadata.inputs).toContainEqual({ name: "year", datatype: "INT64", shape: [-1] });
  expect(metadata.outputs).toContainEqual({ name: "quantiles", datatype: "FP32", shape: [-1, 3] });
  expect(await Prediction.modelVersionMetadata(node, { name: "car-price", version: "1.0.0" })).toEqual(metadata);
  expect(await Prediction.modelReady(node, { name: "car-price" })).toEqual({ name: "car-price", ready: true });
  expect(await Prediction.modelVersionReady(node, { name: "car-price", version: "1.0.0" })).toMatchObject({
    ready: true,
  });
});

test.each([
  ["modelMetadata", { name: "house-price" }],
  ["modelReady", { name: "__proto__" }],
  ["modelVersionMetadata", { name: "car-price", version: "9" }],
  ["modelVersionReady", { name: "car-price", version: "../../etc" }],
  ["inferWithVersion", { name: "car-price", version: "9", inputs: REQUIRED }],
  ["infer", { name: "house-price", inputs: REQUIRED }],
])("%s of what does not exist is 404", async (action, params) => {
  await expect(node.call(`prediction.${action}`, params)).rejects.toMatchObject({ type: "MODEL_NOT_FOUND", code: 404 });
});

test("inference gives all outputs with shapes, echoes the id and names model and version", async () => {
  const answer = await infer({ id: "42", inputs: REQUIRED });
  expect(answer).toMatchObject({ model_name: "car-price", model_version: "1.1.0", id: "42" });
  const shapes = answer.outputs.map(({ name, datatype, shape }) => [name, datatype, shape]);
  expect(shapes).toEqual([
    ["quantiles", "FP32", [2, 3]],
    ["mu", "FP32", [2, 1]],
    ["sigma", "FP32", [2, 1]],
  ]);
  expect(answer.outputs.map(({ data }) => data.length)).toEqual([6, 2, 2]);
  expect(await infer({ inputs: REQUIRED })).not.toHaveProperty("id");
});

test("a version by name answers with that version", async () => {
  const answer = await Prediction.inferWithVersion(node, {
    name: "car-price",
    version: "1.0.0",
    inputs: REQUIRED as never,
  });
  expect(answer.model_version).toBe("1.0.0");
});

test("outputs are those asked for, in that order", async () => {
  const { outputs } = await infer({ inputs: REQUIRED, outputs: [{ name: "sigma" }, { name: "quantiles" }] });
  expect(outputs.map(({ name }) => name)).toEqual(["sigma", "quantiles"]);
});

test("the middle quantile is the price of POST /train/predict", async () => {
  const { outputs } = await infer({ inputs: REQUIRED, outputs: [{ name: "quantiles" }] });
  const { price } = await Prediction.value(node, { ...AUDI, engineSize: undefined });
  expect(Math.round(outputs[0]!.data[1]!)).toBe(price);
});

test("the golden cars get their golden answers through the protocol", async () => {
  const golden = GOLDEN.cars.filter(({ car }) => FuelType.safeParse(car.fuelType).success);
  const cars = golden.map(({ car }) => car);
  const column = (name: keyof (typeof cars)[number], datatype: string) =>
    tensor(
      name === "mileageMiles" ? "mileage" : name,
      datatype,
      cars.map((car) => car[name] ?? null),
    );
  const { outputs } = await infer({
    inputs: [
      ...(["brand", "model", "fuelType", "transmission"] as const).map((name) => column(name, "BYTES")),
      ...(["year", "mileageMiles"] as const).map((name) => column(name, "INT64")),
      ...(["engineSize", "tax", "mpg"] as const).map((name) => column(name, "FP32")),
    ],
    outputs: [{ name: "mu" }],
  });
  outputs[0]!.data.forEach((mu, row) => expect(mu).toBeCloseTo(golden[row]!.mu, 4));
});

test("column tensors, nested data, other number types, nulls and parameters are understood", async () => {
  const plain = await infer({ inputs: REQUIRED });
  const other = await infer({
    parameters: { priority: 1 },
    inputs: inputs(
      tensor("brand", "BYTES", [["Audi"], ["VW"]], [2, 1]),
      tensor("year", "FP64", [[2017], [2018]], [2, 1]),
      tensor("mileage", "INT32", [21_000, 8000]),
      { ...tensor("mpg", "FP32", [null, null]), parameters: { binary_data: false } } as never,
    ),
  });
  expect(other).toEqual(plain);
});

test.each<[string, object, string]>([
  ["no inputs", { inputs: [] }, "inputs"],
  ["a missing input", { inputs: REQUIRED.slice(1) }, "inputs"],
  ["an unknown input", { inputs: inputs(tensor("colour", "BYTES", ["red", "blue"])) }, "inputs.5.name"],
  ["a prototype key as input", { inputs: inputs(tensor("__proto__", "BYTES", ["red", "blue"])) }, "inputs.5.name"],
  ["an input given twice", { inputs: [...REQUIRED, REQUIRED[0]] }, "inputs.5.name"],
  ["text as a number type", { inputs: inputs(tensor("brand", "FP32", [1, 2])) }, "inputs.4.datatype"],
  ["numbers as text", { inputs: inputs(tensor("year", "BYTES", ["2017", "2018"])) }, "inputs.4.datatype"],
  ["an unknown data type", { inputs: inputs(tensor("year", "INT7", [2017, 2018])) }, "inputs.4.datatype"],
  ["fewer rows than the others", { inputs: inputs(tensor("year", "INT64", [2017])) }, "inputs.4.shape"],
  ["a shape of three", { inputs: inputs(tensor("year", "INT64", [2017, 2018], [2, 1, 1])) }, "inputs.4.shape"],
  ["two columns", { inputs: inputs(tensor("year", "INT64", [2017, 2018, 1, 1], [2, 2])) }, "inputs.4.shape"],
  ["a shape that is not the data's", { inputs: inputs(tensor("year", "INT64", [2017], [2])) }, "inputs.4.data"],
  ["ragged data", { inputs: inputs(tensor("year", "INT64", [[2017, 2018], []], [2])) }, "inputs.4.data"],
  ["a year beyond reason", { inputs: inputs(tensor("year", "INT64", [2017, 3000])) }, "inputs.4.data.1"],
  ["null for a required field", { inputs: inputs(tensor("brand", "BYTES", ["Audi", null])) }, "inputs.4.data.1"],
  ["an object as a value", { inputs: inputs(tensor("brand", "BYTES", ["Audi", { $ne: 1 }])) }, "inputs.4.data.1"],
  ["an unknown output", { inputs: REQUIRED, outputs: [{ name: "price" }] }, "outputs.0.name"],
  ["a number as id", { id: 42, inputs: REQUIRED }, "id"],
  ["unknown members", { inputs: REQUIRED, instances: [] }, "instances"],
])("%s: refused with 422 at the place", async (_, request, place) => {
  const error = await infer(request).catch((error: unknown) => error);
  expect(error).toMatchObject({ type: "INVALID_INPUT", code: 422 });
  expect((error as { data: { errors: { path: string }[] } }).data.errors.map(({ path }) => path)).toContain(place);
});
