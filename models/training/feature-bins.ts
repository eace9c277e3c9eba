/** Rows of features as small numbers: bin 0 is unknown, bin b holds cuts[b - 2] < value <= cuts[b - 1]. */
export type BinnedRows = {
  rows: number;
  features: number;
  /** Row after row, one byte a feature. */
  bins: Uint8Array;
  /** Ascending thresholds of each feature, exact in 32 bits. */
  cuts: readonly Float32Array[];
};

/** Thresholds a feature may have, so that its bins fit a byte. */
const MAX_CUTS = 254;

/**
 * Sorts values into bins. Features with few distinct values get a threshold between any two neighbours, others
 * thresholds that hold about equally many rows.
 * @param values row after row; NaN = unknown
 */
export function binRows(values: Float32Array, features: number): BinnedRows {
  const rows = values.length / features;
  const bins = new Uint8Array(values.length);
  const cuts = Array.from({ length: features }, (_, feature) => {
    const column = new Float32Array(rows);
    for (let row = 0; row < rows; row++) column[row] = values[row * features + feature]!;
    const its = findCuts(column);
    for (let row = 0; row < rows; row++) bins[row * features + feature] = binOf(its, column[row]!);
    return its;
  });
  return { rows, features, bins, cuts };
}

/** The bin of one value: found by bisection. */
export function binOf(cuts: Float32Array, value: number): number {
  if (Number.isNaN(value)) return 0;
  let low = 0;
  let high = cuts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value <= cuts[middle]!) high = middle;
    else low = middle + 1;
  }
  return low + 1;
}

function findCuts(column: Float32Array): Float32Array {
  const sorted = column.filter((value) => !Number.isNaN(value)).sort();
  const starts = [...sorted.keys()].filter((at) => at > 0 && sorted[at] !== sorted[at - 1]);
  const chosen = starts.length <= MAX_CUTS ? starts : evenly(starts, sorted.length);
  return Float32Array.from(chosen, (at) => between(sorted[at - 1]!, sorted[at]!));
}

/** Of the places where the value changes, those that cut the rows into about equal parts. */
function evenly(starts: number[], rows: number): number[] {
  const chosen: number[] = [];
  let last = 0;
  for (const at of starts) {
    const left = MAX_CUTS - chosen.length;
    if (left > 0 && at - last >= (rows - last) / (left + 1)) {
      chosen.push(at);
      last = at;
    }
  }
  return chosen;
}

/** The middle in 32 bits; the lower value where rounding would reach the upper. */
function between(lower: number, upper: number): number {
  const middle = Math.fround((lower + upper) / 2);
  return middle < upper ? middle : lower;
}
