import { InferenceSession, Tensor } from "onnxruntime-node";
import { onnxModel } from "../../models/training/onnx-model.ts";
import { pipelineSettings, scoreFeatures, trainPriceModel } from "../../models/training/price-pipeline.ts";
import { asUnknownModel, encodeRows, incompleteCopies } from "../../models/training/training-rows.ts";
import { carEncoder, encodeCar, FEATURES } from "../../services/prediction/domain/car-features.ts";
import { inventedListings } from "./invented-listings.ts";

const width = FEATURES.length;
const settings = pipelineSettings(true);
const listings = inventedListings(1500);
const model = trainPriceModel(listings, settings, () => {});

async function runOnnx(values: Float32Array) {
  const session = await InferenceSession.create(onnxModel(model, "test"));
  const output = await session.run({ features: new Tensor("float32", values, [values.length / width, width]) });
  await session.release();
  return (name: string) => output[name]!.data as Float32Array;
}

test("the ONNX runtime gives the bits of our own scorer, with gaps and unknown models too", async () => {
  const cars = incompleteCopies(inventedListings(500, 2), settings);
  const { values } = encodeRows(model.encoder, [...cars, ...cars.slice(0, 50).map(asUnknownModel)]);
  const output = await runOnnx(values);
  const rows = Array.from({ length: values.length / width }, (_, row) =>
    values.subarray(row * width, (row + 1) * width),
  );
  rows.forEach((row, at) => {
    const { mu, sigma } = scoreFeatures(model, row);
    expect(output("mu")[at]).toBe(mu);
    expect(Math.abs(output("sigma")[at]! / sigma - 1)).toBeLessThan(1e-5);
    const [low, middle, high] = output("quantiles").subarray(at * 3, at * 3 + 3);
    expect(Math.abs(low! / Math.exp(mu + model.spread.quantiles.q10 * sigma) - 1)).toBeLessThan(1e-5);
    expect(Math.abs(middle! / Math.exp(mu) - 1)).toBeLessThan(1e-5);
    expect(low! < middle! && middle! < high!).toBe(true);
  });
});

test("a price never rises with mileage", () => {
  for (const car of inventedListings(100, 3)) {
    const prices = [0, 5_000, 20_000, 50_000, 100_000, 300_000].map(
      (mileageMiles) => scoreFeatures(model, encodeCar(model.encoder, { ...car, mileageMiles }).features).mu,
    );
    expect(prices).toEqual(prices.toSorted((a, b) => b - a));
  }
});

test("a model nobody knows has a wider range", () => {
  const spreads = (asked: typeof listings) =>
    asked.map((car) => scoreFeatures(model, encodeCar(carEncoder(model.encoder.table), car).features).sigma);
  const [known, unknown] = [spreads(listings), spreads(listings.map(asUnknownModel))];
  const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
  expect(sum(unknown)).toBeGreaterThan(1.5 * sum(known));
});
