import { FEATURES } from "../domain/car-features.ts";
import { groupEffects, meanScore, nodeMeans, pathAttribution } from "../domain/tree-attribution.ts";
import { decodeTrees } from "../domain/tree-bytes.ts";
import { shapAttribution } from "../domain/tree-shap.ts";
import type { AttributionMethod, LogEffects } from "../price-model.ts";

export type TreeExplainer = {
  /** Effects of the feature groups on mu for whole rows of FEATURES values. */
  explain(rows: Float32Array, method: AttributionMethod): LogEffects[];
  /** What mu is before anything is known of a car. */
  base: number;
};

/** @throws RangeError when the bytes are no trees */
export function treeExplainer(treeBytes: Uint8Array): TreeExplainer {
  const trees = decodeTrees(treeBytes);
  const means = nodeMeans(trees);
  const attribution = { path: pathAttribution, shap: shapAttribution };
  return {
    base: meanScore(trees, means),
    explain: (rows, method) => eachRow(rows).map((row) => groupEffects(attribution[method](trees, means, row).effects)),
  };
}

const eachRow = (rows: Float32Array): Float32Array[] =>
  Array.from({ length: rows.length / FEATURES.length }, (_, index) =>
    rows.subarray(index * FEATURES.length, (index + 1) * FEATURES.length),
  );
