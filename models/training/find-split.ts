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

/** The shrunk mean, within the limits. */
export const leafValue = (leaf: LeafLimits, lambda: number): number =>
  Math.min(leaf.highest, Math.max(leaf.lowest, leaf.sum / (leaf.rows + lambda)));

/** How much squared error an answer saves against 0. */
const saved = (sum: number, rows: number, value: number): number => value * (2 * sum - rows * value);

/** Gains below this are rounding noise. */
const NO_GAIN = 1e-9;

/**
 * The split of a leaf that saves the most squared error, with unknown values on the better side.
 * @param histogram for each feature and bin: sum of targets, number of rows
 */
export function findSplit(
  data: BinnedRows,
  histogram: Float64Array,
  features: Int32Array,
  rules: SplitRules,
  leaf: LeafLimits,
): Split | undefined {
  if (leaf.rows < 2 * rules.minRows) return undefined;
  const own = saved(leaf.sum, leaf.rows + rules.lambda, leafValue(leaf, rules.lambda));
  const best: Split = { feature: -1, bin: 0, missingLeft: false, gain: NO_GAIN, leftSum: 0, leftRows: 0 };
  for (const feature of features) {
    const first = feature * 512;
    const missingSum = histogram[first]!;
    const missingRows = histogram[first + 1]!;
    scan(best, data.cuts[feature]!.length, histogram, feature, rules, leaf, own, 0, 0, missingRows === 0);
    if (missingRows > 0)
      scan(best, data.cuts[feature]!.length, histogram, feature, rules, leaf, own, missingSum, missingRows, false);
  }
  return best.feature < 0 ? undefined : best;
}

/** Tries every threshold of a feature, beginning with what unknown values bring to the left side. */
function scan(
  best: Split,
  cuts: number,
  histogram: Float64Array,
  feature: number,
  rules: SplitRules,
  leaf: LeafLimits,
  own: number,
  missingSum: number,
  missingRows: number,
  noneMissing: boolean,
): void {
  const { minRows, lambda } = rules;
  const falling = rules.falling.has(feature);
  const { lowest, highest } = leaf;
  let leftSum = missingSum;
  let leftRows = missingRows;
  for (let bin = 1, place = feature * 512 + 2; bin <= cuts; bin++, place += 2) {
    const rows = histogram[place + 1]!;
    if (rows === 0) continue;
    leftSum += histogram[place]!;
    leftRows += rows;
    const rightRows = leaf.rows - leftRows;
    if (rightRows < minRows) return;
    if (leftRows < minRows) continue;
    const rightSum = leaf.sum - leftSum;
    const left = Math.min(highest, Math.max(lowest, leftSum / (leftRows + lambda)));
    const right = Math.min(highest, Math.max(lowest, rightSum / (rightRows + lambda)));
    if (falling && left < right) continue;
    const gain = saved(leftSum, leftRows + lambda, left) + saved(rightSum, rightRows + lambda, right) - own;
    if (gain <= best.gain) continue;
    best.feature = feature;
    best.bin = bin;
    best.missingLeft = noneMissing ? leftRows >= rightRows : missingRows > 0;
    best.gain = gain;
    best.leftSum = leftSum;
    best.leftRows = leftRows;
  }
}
