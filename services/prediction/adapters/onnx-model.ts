import { encodeCar, FEATURE_GROUPS, FEATURES, type CarInput, type FeatureGroup } from "../domain/car-features.ts";
import { ModelUnavailable, PredictionOverloaded } from "../prediction.contract.ts";
import { batchRows, rowsWaiting } from "../prediction.metrics.ts";
import type { LogEffects, PriceEstimate, PriceModel } from "../price-model.ts";
import { readModelFiles, type ModelFiles } from "./model-files.ts";
import type { ModelBytes, ModelJob, ModelJobResult } from "./model.worker.ts";
import { openSession, type RawEstimates } from "./onnx-session.ts";
import { rowQueue } from "./row-queue.ts";
import { treeExplainer, type TreeExplainer } from "./tree-explainer.ts";
import { PoolFull, WorkerLost, type WorkerPool } from "./worker-pool.ts";

export type ModelPool = WorkerPool<ModelJob, ModelJobResult>;
/** A model that holds memory outside JavaScript until it is released. */
export type OpenModel = PriceModel & { release(): Promise<void> };

/** More rows than this leave the event loop for a worker: 64 rows take it about 2 ms. */
const MOST_INLINE_ROWS = 64;

type Encoded = { features: Float32Array; outOfDistribution: PriceEstimate["outOfDistribution"] };

/**
 * Opens a version directory and tests it by its golden cars. Singles and small batches run on the calling thread,
 * sharing runs once a queue has formed; larger batches and Shapley values run in the pool.
 * @throws Error that says what is wrong with the version
 */
export async function openOnnxModel(directory: string, pool: ModelPool): Promise<OpenModel> {
  const files = await readModelFiles(directory);
  const explainer = treeExplainer(files.trees);
  const session = await openSession(files.onnx);
  // Unique for ever: a version may be read again after its files changed, while the old one is still in use.
  const key = `${files.card.version} #${(opened += 1)}`;
  const inline = rowQueue((rows: readonly Encoded[]) => {
    batchRows.observe(rows.length, { place: "inline" });
    return session.run(flat(rows)).then(split);
  }, MOST_INLINE_ROWS);
  const stopReading = rowsWaiting.read(inline.waiting);
  const encode = (cars: readonly CarInput[]) => cars.map((car): Encoded => encodeCar(files.encoder, car));
  const bytes: ModelBytes = { onnx: files.onnx, trees: files.trees };
  pool.keep(key, bytes);
  const model: OpenModel = {
    card: files.card,
    async estimate(cars) {
      if (cars.length === 0) return [];
      const rows = encode(cars);
      const large = rows.length > MOST_INLINE_ROWS;
      if (large) batchRows.observe(rows.length, { place: "thread" });
      const raw = large ? await inPool(pool, { kind: "estimate", model: key, rows: flat(rows) }) : undefined;
      const estimates = raw ? split(raw as RawEstimates) : await inline(rows);
      return rows.map((row, index) => ({ ...estimates[index]!, ...said(row) }));
    },
    async attribute(cars, method) {
      const rows = flat(encode(cars));
      if (method === "path" && cars.length <= MOST_INLINE_ROWS) return explainer.explain(rows, method);
      return (await inPool(pool, { kind: "attribute", model: key, rows, method })) as LogEffects[];
    },
    async release() {
      stopReading();
      pool.forget(key);
      await session.release();
    },
  };
  try {
    await testByGoldenCars(model, files, explainer);
  } catch (error) {
    await model.release();
    throw error;
  }
  return model;
}

let opened = 0;

/** @throws Error when an answer is not the expected one, or the trees for attribution are not those of the answer */
async function testByGoldenCars(model: PriceModel, { golden }: ModelFiles, explainer: TreeExplainer): Promise<void> {
  const differs = (got: number | undefined, wanted: number) =>
    !(Math.abs(got! - wanted) <= golden.tolerance * Math.abs(wanted));
  for (const { car, mu, sigma, quantilesGbp } of golden.cars) {
    const [estimate] = await model.estimate([car]);
    const [effects] = await model.attribute([car], "path");
    const explained = Object.values(effects!).reduce((sum, effect) => sum + effect, explainer.base);
    const wrong =
      differs(estimate!.mu, mu) ||
      differs(estimate!.sigma, sigma) ||
      quantilesGbp.some((wanted, index) => differs(estimate!.quantiles[index], wanted)) ||
      differs(explained, mu);
    if (wrong)
      throw new Error(`The answer for a golden ${car.brand} ${car.model} of ${car.year} is not the expected one`);
  }
}

async function inPool(pool: ModelPool, job: ModelJob): Promise<ModelJobResult> {
  try {
    return await pool.run(job);
  } catch (error) {
    if (error instanceof PoolFull) throw PredictionOverloaded({ retryAfterSeconds: 1 });
    throw error instanceof WorkerLost ? ModelUnavailable({ detail: "The computation was lost; try again" }) : error;
  }
}

function flat(rows: readonly Encoded[]): Float32Array {
  const values = new Float32Array(rows.length * FEATURES.length);
  rows.forEach((row, index) => values.set(row.features, index * FEATURES.length));
  return values;
}

const split = ({ quantiles, mu, sigma }: RawEstimates) =>
  Array.from(mu, (centre, row) => ({
    quantiles: [quantiles[row * 3]!, quantiles[row * 3 + 1]!, quantiles[row * 3 + 2]!] as const,
    mu: centre,
    sigma: sigma[row]!,
  }));

const OPTIONAL_GROUPS: readonly FeatureGroup[] = ["gearbox", "engine", "tax", "mpg"];

/** What the encoding tells about a car besides its features. */
const said = ({ features, outOfDistribution }: Encoded) => ({
  outOfDistribution,
  missing: OPTIONAL_GROUPS.filter((group) =>
    FEATURE_GROUPS[group].every((name) => Number.isNaN(features[FEATURES.indexOf(name)])),
  ),
});
