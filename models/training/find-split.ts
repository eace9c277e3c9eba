import type { BinnedRows } from "./feature-bins.ts";

export type SplitRules = {
  /** Rows a leaf must hold. */
  minRows: number;
  /** Rows' worth of doubt that pulls leaf values to 0. */
  lambda: number;
  /** Features along which answers may only fall. They must always be known. */
  falling: ReadonlySet<number>;
};

/** Rows with bin <= this go left, unknown ones where missingLeft says. */
export type Split = {
  feature: number;
  bin: number;
  missingLeft: boolean;
  gain: number;
  leftSum: number;
  leftRows: number;
};

/** What a leaf knows of itself: the sum of its rows' targets and the values it may answer. */
export type LeafLimits = { sum: number; rows: number; lowest: number; highest: number };

/** Places for the bins of one feature, the unknown values' among them. */
export const BINS = 256;

// Taken once: these are called for every bin.
const { min, max } = Math;

/** The shrunk mean, within the limits. */
export const leafValue = (leaf: LeafLimits, lambda: number): number =>
  min(leaf.highest, max(leaf.lowest, leaf.sum / (leaf.rows + lambda)));

/** How much squared error an answer saves against 0. */
const saved = (sum: number, rows: number, value: number): number => value * (2 * sum - rows * value);

/** Gains below this are rounding noise. */
const NO_GAIN = 1e-9;

type Search = {
  histogram: Float64Array;
  rules: SplitRules;
  leaf: LeafLimits;
  /** What the leaf saves as it is. */
  saving: number;
  best: Split;
};

/**
 * The split of a leaf that saves the most squared error. It parts known values; unknown ones join the better side.
 * @param histogram for each feature and bin: sum of targets, number of rows
 * @param features those that may be asked for
 */
export function findSplit(
  data: BinnedRows,
  histogram: Float64Array,
  features: Int32Array,
  rules: SplitRules,
  leaf: LeafLimits,
): Split | undefined {
  if (leaf.rows < 2 * rules.minRows) return undefined;
  const saving = saved(leaf.sum, leaf.rows + rules.lambda, leafValue(leaf, rules.lambda));
  const best: Split = { feature: -1, bin: 0, missingLeft: false, gain: NO_GAIN, leftSum: 0, leftRows: 0 };
  const search: Search = { histogram, rules, leaf, saving, best };
  for (const feature of features) {
    const cuts = data.cuts[feature]!.length;
    scan(search, feature, cuts, false);
    if (histogram[feature * 2 * BINS + 1]! > 0) scan(search, feature, cuts, true);
  }
  return best.feature < 0 ? undefined : best;
}

/** Tries every threshold of a feature, with unknown values on the left or on the right. */
function scan(
  { histogram, rules, leaf, saving, best }: Search,
  feature: number,
  cuts: number,
  missingLeft: boolean,
): void {
  const { minRows, lambda } = rules;
  const { lowest, highest } = leaf;
  const falling = rules.falling.has(feature);
  const first = feature * 2 * BINS;
  const missing = histogram[first + 1]! > 0;
  let leftSum = missingLeft ? histogram[first]! : 0;
  let leftRows = missingLeft ? histogram[first + 1]! : 0;
  for (let bin = 1, place = first + 2; bin <= cuts; bin++, place += 2) {
    const rows = histogram[place + 1]!;
    if (rows === 0) continue;
    leftSum += histogram[place]!;
    leftRows += rows;
    const rightRows = leaf.rows - leftRows;
    if (rightRows < minRows) return;
    if (leftRows < minRows) continue;
    const rightSum = leaf.sum - leftSum;
    const left = min(highest, max(lowest, leftSum / (leftRows + lambda)));
    const right = min(highest, max(lowest, rightSum / (rightRows + lambda)));
    if (falling && left < right) continue;
    const gain = saved(leftSum, leftRows + lambda, left) + saved(rightSum, rightRows + lambda, right) - saving;
    if (gain <= best.gain) continue;
    best.feature = feature;
    best.bin = bin;
    best.missingLeft = missing ? missingLeft : leftRows >= rightRows;
    best.gain = gain;
    best.leftSum = leftSum;
    best.leftRows = leftRows;
  }
}
