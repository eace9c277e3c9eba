import path from "node:path";
import { openOnnxModel, type ModelPool, type OpenModel } from "../../../services/prediction/adapters/onnx-model.ts";
import { onnxModels } from "../../../services/prediction/adapters/open-models.ts";
import { PoolFull, WorkerLost, WorkerPool } from "../../../services/prediction/adapters/worker-pool.ts";
import type { ModelJob, ModelJobResult } from "../../../services/prediction/adapters/model.worker.ts";
import { GOLDEN, modelShelf } from "./node.ts";

const CARS = GOLDEN.cars.map(({ car }) => car);
const many = (count: number) => Array.from({ length: count }, (_, index) => CARS[index % CARS.length]!);
/** A pool that remembers its jobs and answers each with an error. */
function failingPool(error: Error) {
  const jobs: ModelJob[] = [];
  const run = (job: ModelJob) => (jobs.push(job), Promise.reject<ModelJobResult>(error));
  return { jobs, pool: { run, keep: () => {}, forget: () => {}, close: async () => {} } as unknown as ModelPool };
}

let shelf: ReturnType<typeof modelShelf>;
let model: OpenModel | undefined;
const open = async (pool: ModelPool) => {
  model = await openOnnxModel(path.join(shelf.modelDir, "car-price", "1.0.0"), pool);
  return model;
};
beforeAll(() => {
  shelf = modelShelf();
  shelf.put("1.0.0");
});
afterEach(async () => {
  await model?.release();
  model = undefined;
});
afterAll(() => shelf.remove());

test("up to 64 cars never see the pool, more and Shapley values do", async () => {
  const { jobs, pool } = failingPool(new Error("not here"));
  const model = await open(pool);
  expect(await model.estimate(many(64))).toHaveLength(64);
  expect(await model.attribute(many(64), "path")).toHaveLength(64);
  expect(jobs).toEqual([]);
  await expect(model.estimate(many(65))).rejects.toThrow("not here");
  await expect(model.attribute(many(65), "path")).rejects.toThrow("not here");
  await expect(model.attribute(many(1), "shap")).rejects.toThrow("not here");
  expect(jobs.map(({ kind }) => kind)).toEqual(["estimate", "attribute", "attribute"]);
});

test.each([
  [new PoolFull(), { type: "PREDICTION_OVERLOADED", code: 503, data: { retryAfterSeconds: 1 } }],
  [new WorkerLost(), { type: "PREDICTION_UNAVAILABLE", code: 503 }],
])("%p of the pool is told as what it means", async (error, expected) => {
  const model = await open(failingPool(error).pool);
  await expect(model.estimate(many(65))).rejects.toMatchObject(expected);
});

test("a worker gives the very numbers of the event loop, for estimates and for paths", async () => {
  const script = new URL("../../../services/prediction/adapters/model.worker.ts", import.meta.url);
  const pool = new WorkerPool<ModelJob, ModelJobResult>({ script, size: 1, mostWaiting: 10 });
  const model = await open(pool);
  const cars = many(200);
  const [inWorker, inline] = [await model.estimate(cars), await model.estimate(cars.slice(0, 64))];
  expect(inWorker.slice(0, 64)).toEqual(inline);
  expect((await model.attribute(cars, "path")).slice(0, 64)).toEqual(await model.attribute(cars.slice(0, 64), "path"));
  await pool.close();
});

test("path and Shapley effects of every golden car add up to the same distance from the typical car", async () => {
  const models = onnxModels({ modelDir: shelf.modelDir, log: { info: () => {}, warn: () => {} } });
  await models.open();
  await models.use(async (served) => {
    const sums = async (method: "path" | "shap") =>
      (await served.attribute(CARS, method)).map((effects) => Object.values(effects).reduce((a, b) => a + b, 0));
    const [path, shap] = [await sums("path"), await sums("shap")];
    path.forEach((sum, car) => expect(shap[car]).toBeCloseTo(sum, 6));
  });
  await models.close();
});
