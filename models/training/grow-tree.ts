import type { BinnedRows } from "./feature-bins.ts";
import { BINS, findSplit, leafValue, type LeafLimits, type Split, type SplitRules } from "./find-split.ts";

/** A tree over bins, its nodes in any order; children are node numbers. */
export type GrownNode = {
  cover: number;
  /** Of a leaf: what it answers, before the learning rate. */
  value: number;
  split?: Split & { left: GrownNode; right: GrownNode };
  /** Of a leaf: where its rows stand in the order array. */
  start: number;
  end: number;
};

export type GrowthRules = SplitRules & { maxLeaves: number };

type OpenLeaf = { node: GrownNode; limits: LeafLimits; histogram: Float64Array; best: Split | undefined };

/**
 * Grows one regression tree leaf by leaf, best gain first (as LightGBM does). Sums of gradients are kept per bin;
 * those of the larger child are the parent's less the smaller child's.
 * @param order row numbers to learn from; sorted into leaves in place
 * @param targets what each row wants to be answered
 * @param features those this tree may ask for
 */
export function growTree(
  data: BinnedRows,
  order: Int32Array,
  targets: Float64Array,
  features: Int32Array,
  rules: GrowthRules,
): GrownNode {
  const histogramOf = (start: number, end: number, into: Float64Array) =>
    fillHistogram(data, order, start, end, targets, features, into);
  const spare: Float64Array[] = [];
  const open = (start: number, end: number, histogram: Float64Array, limits: LeafLimits): OpenLeaf => {
    const best = findSplit(data, histogram, features, rules, limits);
    const node = { cover: end - start, value: leafValue(limits, rules.lambda), start, end };
    if (!best) spare.push(histogram);
    return { node, limits, histogram, best };
  };
  const size = data.features * BINS * 2;
  const all = histogramOf(0, order.length, new Float64Array(size));
  const root = open(0, order.length, all, {
    sum: sumOf(order, targets),
    rows: order.length,
    lowest: -Infinity,
    highest: Infinity,
  });
  const leaves = [root];
  for (let count = 1; count < rules.maxLeaves; count++) {
    const at = bestLeaf(leaves);
    if (at < 0) break;
    const { node, histogram, limits, best } = leaves[at]!;
    const middle = partition(data, order, node.start, node.end, best!);
    const leftIsSmall = middle - node.start <= node.end - middle;
    const small = histogramOf(
      leftIsSmall ? node.start : middle,
      leftIsSmall ? middle : node.end,
      spare.pop()?.fill(0) ?? new Float64Array(size),
    );
    for (let i = 0; i < size; i++) histogram[i]! -= small[i]!;
    const [leftLimits, rightLimits] = childLimits(limits, best!, rules);
    const left = open(node.start, middle, leftIsSmall ? small : histogram, leftLimits);
    const right = open(middle, node.end, leftIsSmall ? histogram : small, rightLimits);
    node.split = { ...best!, left: left.node, right: right.node };
    leaves[at] = left;
    leaves.push(right);
  }
  return root.node;
}

function sumOf(order: Int32Array, targets: Float64Array): number {
  let sum = 0;
  for (const row of order) sum += targets[row]!;
  return sum;
}

function bestLeaf(leaves: readonly OpenLeaf[]): number {
  let found = -1;
  let gain = 0;
  leaves.forEach(({ best }, at) => {
    if (best && best.gain > gain) [found, gain] = [at, best.gain];
  });
  return found;
}

/** Adds the rows' targets (even places) and their number (odd places) to the bins of each feature. */
function fillHistogram(
  data: BinnedRows,
  order: Int32Array,
  start: number,
  end: number,
  targets: Float64Array,
  features: Int32Array,
  into: Float64Array,
): Float64Array {
  const { bins, features: width } = data;
  const count = features.length;
  for (let at = start; at < end; at++) {
    const row = order[at]!;
    const target = targets[row]!;
    const base = row * width;
    for (let i = 0; i < count; i++) {
      const feature = features[i]!;
      const place = (feature * BINS + bins[base + feature]!) << 1;
      into[place]! += target;
      into[place + 1]! += 1;
    }
  }
  return into;
}

let scratch = new Int32Array(0);

/** Moves the rows that go left to the front, keeping their order; returns where the others begin. */
function partition(data: BinnedRows, order: Int32Array, start: number, end: number, split: Split): number {
  if (scratch.length < order.length) scratch = new Int32Array(order.length);
  const { bins, features: width } = data;
  let left = start;
  let right = 0;
  for (let at = start; at < end; at++) {
    const row = order[at]!;
    if (goesLeft(split, bins[row * width + split.feature]!)) order[left++] = row;
    else scratch[right++] = row;
  }
  order.set(scratch.subarray(0, right), left);
  return left;
}

/** Whether a bin lies on the left of a split. */
export const goesLeft = (split: Split, bin: number): boolean => (bin === 0 ? split.missingLeft : bin <= split.bin);

/** A monotone split parts the values its children may answer in the middle between their own. */
function childLimits(limits: LeafLimits, split: Split, rules: SplitRules): [LeafLimits, LeafLimits] {
  const left = { ...limits, sum: split.leftSum, rows: split.leftRows };
  const right = { ...limits, sum: limits.sum - split.leftSum, rows: limits.rows - split.leftRows };
  if (!rules.falling.has(split.feature)) return [left, right];
  const middle = (leafValue(left, rules.lambda) + leafValue(right, rules.lambda)) / 2;
  return [
    { ...left, lowest: middle },
    { ...right, highest: middle },
  ];
}
