import { meanScore, type Attribution } from "./tree-attribution.ts";
import { LEAF, type TreeEnsemble } from "./tree-ensemble.ts";

/**
 * Exact Shapley values of each tree, with absent features answered by cover along the tree's paths: TreeSHAP,
 * Algorithm 2 of Lundberg, Erion and Lee, "Consistent Individualized Feature Attribution for Tree Ensembles"
 * (arXiv:1802.03888). Takes some 0.1 ms a tree.
 * @param means nodeMeans of the trees
 */
export function shapAttribution(trees: TreeEnsemble, means: Float64Array, row: ArrayLike<number>): Attribution {
  const effects = new Float64Array(trees.featureCount);
  const walk: Walk = { trees, row, effects, path: emptyPath(trees) };
  for (const root of trees.roots) visit(walk, root, 0, 0, 0, 1, 1, NO_FEATURE);
  return { base: meanScore(trees, means), effects };
}

// Taken once: it is called for every node.
const { isNaN } = Number;
const NO_FEATURE = -1;

/**
 * The features on the way to a node, with the share of rows that pass without the feature (zero) and with it (one),
 * and the weight of all sets of as many features. Names follow the paper. Deeper nodes keep theirs further back.
 */
type FeaturePath = { feature: Int32Array; zero: Float64Array; one: Float64Array; weight: Float64Array };
type Walk = { trees: TreeEnsemble; row: ArrayLike<number>; effects: Float64Array; path: FeaturePath };

function emptyPath(trees: TreeEnsemble): FeaturePath {
  // Each depth copies its parent's way: at most every feature once, the empty one at the root and the one just added.
  const size = (deepest(trees) + 1) * (trees.featureCount + 2);
  const numbers = () => new Float64Array(size);
  return { feature: new Int32Array(size), zero: numbers(), one: numbers(), weight: numbers() };
}

function deepest(trees: TreeEnsemble): number {
  const depths = new Int32Array(trees.feature.length);
  trees.feature.forEach((feature, node) => {
    if (feature !== LEAF) depths[node + 1] = depths[trees.right[node]!] = depths[node]! + 1;
  });
  return depths.reduce((a, b) => Math.max(a, b), 0);
}

/**
 * Visits a node and all below it.
 * @param start where the node's path begins, `from` where its parent's does
 * @param length how many features the parent's path has
 * @param feature what the parent asked for; it is added to the path with the fractions given
 */
function visit(
  walk: Walk,
  node: number,
  from: number,
  length: number,
  start: number,
  zero: number,
  one: number,
  feature: number,
): void {
  const { trees, path } = walk;
  if (start !== from) copy(path, from, start, length);
  extend(path, start, length, zero, one, feature);
  const asked = trees.feature[node]!;
  if (asked === LEAF) return count(walk, start, length, trees.value[node]!);
  const left = node + 1;
  const right = trees.right[node]!;
  const value = walk.row[asked]!;
  const goesLeft = isNaN(value) ? trees.missingLeft[node] === 1 : value <= trees.value[node]!;
  const hot = goesLeft ? left : right;
  const cold = goesLeft ? right : left;
  let [zeroBefore, oneBefore, end] = [1, 1, length + 1];
  const at = place(path, start, length, asked);
  if (at > 0) {
    zeroBefore = path.zero[start + at]!;
    oneBefore = path.one[start + at]!;
    unwind(path, start, length, at);
    end = length;
  }
  const share = zeroBefore / trees.cover[node]!;
  const next = start + trees.featureCount + 2;
  visit(walk, hot, start, end, next, share * trees.cover[hot]!, oneBefore, asked);
  visit(walk, cold, start, end, next, share * trees.cover[cold]!, 0, asked);
}

/** Where in the path a feature stands; 0 if it does not. */
function place(path: FeaturePath, start: number, last: number, feature: number): number {
  for (let at = last; at > 0; at--) if (path.feature[start + at] === feature) return at;
  return 0;
}

function copy({ feature, zero, one, weight }: FeaturePath, from: number, to: number, length: number): void {
  for (let at = 0; at < length; at++) {
    feature[to + at] = feature[from + at]!;
    zero[to + at] = zero[from + at]!;
    one[to + at] = one[from + at]!;
    weight[to + at] = weight[from + at]!;
  }
}

/** Adds a feature to a path of this length and reweighs the sets of features that may be present. */
function extend(path: FeaturePath, start: number, length: number, zero: number, one: number, feature: number): void {
  const { weight } = path;
  path.feature[start + length] = feature;
  path.zero[start + length] = zero;
  path.one[start + length] = one;
  weight[start + length] = length === 0 ? 1 : 0;
  for (let at = length - 1; at >= 0; at--) {
    const part = weight[start + at]! / (length + 1);
    weight[start + at + 1]! += one * part * (at + 1);
    weight[start + at] = zero * part * (length - at);
  }
}

/** Takes a feature out of the path as if it had never been added. */
function unwind({ feature, zero, one, weight }: FeaturePath, start: number, last: number, taken: number): void {
  const zeroTaken = zero[start + taken]!;
  const oneTaken = one[start + taken]!;
  let next = weight[start + last]!;
  for (let at = last - 1; at >= 0; at--) {
    const old = weight[start + at]!;
    if (oneTaken !== 0) {
      weight[start + at] = (next * (last + 1)) / ((at + 1) * oneTaken);
      next = old - (weight[start + at]! * zeroTaken * (last - at)) / (last + 1);
    } else weight[start + at] = (old * (last + 1)) / (zeroTaken * (last - at));
  }
  for (let at = start + taken; at < start + last; at++) {
    feature[at] = feature[at + 1]!;
    zero[at] = zero[at + 1]!;
    one[at] = one[at + 1]!;
  }
}

/** Counts a leaf for every feature on the way to it. */
function count({ path, effects }: Walk, start: number, last: number, value: number): void {
  const without = missedEffect(path, start, last) * value;
  for (let at = 1; at <= last; at++) {
    const holds = path.one[start + at] === 1;
    effects[path.feature[start + at]!]! += holds
      ? unwoundSum(path, start, last, at) * (1 - path.zero[start + at]!) * value
      : without;
  }
}

/** The effect of a feature that leads elsewhere (its one fraction is 0): its zero fraction cancels out. */
function missedEffect({ weight }: FeaturePath, start: number, last: number): number {
  let total = 0;
  for (let at = last - 1; at >= 0; at--) total += weight[start + at]! / (last - at);
  return -total * (last + 1);
}

/** The sum of the weights there would be after unwinding a feature that holds (its one fraction is 1). */
function unwoundSum({ zero, weight }: FeaturePath, start: number, last: number, taken: number): number {
  const zeroTaken = zero[start + taken]!;
  let total = 0;
  let next = weight[start + last]!;
  for (let at = last - 1; at >= 0; at--) {
    const unwound = next / (at + 1);
    total += unwound;
    next = weight[start + at]! - unwound * zeroTaken * (last - at);
  }
  return total * (last + 1);
}
