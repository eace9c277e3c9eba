import { emptyNodes, LEAF, LEAF_STEP, type TreeEnsemble } from "../../services/prediction/domain/tree-ensemble.ts";
import type { BinnedRows } from "./feature-bins.ts";
import { goesLeft, growTree, type GrownNode, type GrowthRules } from "./grow-tree.ts";
import { seededRandom } from "./random.ts";
import { median } from "./statistics.ts";

export type BoostingSettings = GrowthRules & {
  trees: number;
  learningRate: number;
  /** Residuals beyond this count as this (Huber); Infinity for squared error. */
  huberDelta: number;
  /** Shares of rows and of features each tree sees. */
  rowShare: number;
  featureShare: number;
  seed: number;
};

/**
 * Gradient boosting of regression trees on binned rows (Friedman, "Greedy Function Approximation", 2001; rows and
 * features sampled as in his "Stochastic Gradient Boosting").
 * @param targets one a row
 * @param progress called after each tree with how many are grown
 */
export function boost(
  data: BinnedRows,
  targets: Float64Array,
  settings: BoostingSettings,
  progress: (trees: number) => void = () => {},
): TreeEnsemble {
  const random = seededRandom(settings.seed);
  const baseValue = onGrid(median(targets));
  const predicted = new Float64Array(data.rows).fill(baseValue);
  const wanted = new Float64Array(data.rows);
  const { huberDelta } = settings;
  const grown: GrownNode[] = [];
  for (let tree = 1; tree <= settings.trees; tree++) {
    for (let row = 0; row < data.rows; row++)
      wanted[row] = max(-huberDelta, min(huberDelta, targets[row]! - predicted[row]!));
    const [seen, unseen] = sampleRows(data.rows, settings.rowShare, random);
    const features = sampleFeatures(data.features, settings.featureShare, random);
    const root = growTree(data, seen, wanted, features, settings);
    if (!root.split) continue;
    finishLeaves(root, settings.learningRate, seen, predicted);
    for (const row of unseen) predicted[row]! += answer(root, data, row);
    grown.push(root);
    progress(tree);
  }
  return flatten(grown, data, baseValue);
}

// Taken once: these are called for every row and tree.
const { min, max } = Math;

const onGrid = (value: number): number => Math.round(value / LEAF_STEP) * LEAF_STEP;

function sampleRows(rows: number, share: number, random: () => number): [seen: Int32Array, unseen: Int32Array] {
  const seen = new Int32Array(rows);
  const unseen = new Int32Array(rows);
  let [inside, outside] = [0, 0];
  for (let row = 0; row < rows; row++) {
    if (random() < share) seen[inside++] = row;
    else unseen[outside++] = row;
  }
  return [seen.subarray(0, inside), unseen.subarray(0, outside)];
}

/** Draws features without putting any back; in ascending order. */
function sampleFeatures(features: number, share: number, random: () => number): Int32Array {
  const pool = Array.from({ length: features }, (_, feature) => feature);
  const count = Math.max(1, Math.round(features * share));
  return Int32Array.from({ length: count }, () => pool.splice(Math.floor(random() * pool.length), 1)[0]!).sort();
}

/** Scales the leaves and adds them to the predictions of the rows that ended there. */
function finishLeaves(node: GrownNode, learningRate: number, order: Int32Array, predicted: Float64Array): void {
  if (node.split) {
    finishLeaves(node.split.left, learningRate, order, predicted);
    finishLeaves(node.split.right, learningRate, order, predicted);
    return;
  }
  node.value = onGrid(node.value * learningRate);
  for (let at = node.start; at < node.end; at++) predicted[order[at]!]! += node.value;
}

function answer(root: GrownNode, data: BinnedRows, row: number): number {
  let node = root;
  const base = row * data.features;
  while (node.split) {
    const { split }: GrownNode = node;
    node = goesLeft(split, data.bins[base + split.feature]!) ? split.left : split.right;
  }
  return node.value;
}

/** Lays grown trees out in depth-first order. */
function flatten(grown: readonly GrownNode[], data: BinnedRows, baseValue: number): TreeEnsemble {
  const count = ({ split }: GrownNode): number => (split ? 1 + count(split.left) + count(split.right) : 1);
  const nodes = grown.reduce((sum, root) => sum + count(root), 0);
  const trees: TreeEnsemble = {
    featureCount: data.features,
    baseValue,
    roots: new Int32Array(grown.length),
    ...emptyNodes(nodes),
  };
  let next = 0;
  const place = (node: GrownNode): void => {
    const at = next++;
    trees.cover[at] = node.cover;
    trees.feature[at] = node.split?.feature ?? LEAF;
    trees.value[at] = node.split ? data.cuts[node.split.feature]![node.split.bin - 1]! : node.value;
    if (!node.split) return;
    trees.missingLeft[at] = Number(node.split.missingLeft);
    place(node.split.left);
    trees.right[at] = next;
    place(node.split.right);
  };
  grown.forEach((root, tree) => {
    trees.roots[tree] = next;
    place(root);
  });
  return trees;
}
