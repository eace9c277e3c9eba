/** The value below which the given share of values lies, interpolated between neighbours. */
export function quantile(values: Iterable<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)]!;
  return below + (sorted[Math.ceil(at)]! - below) * (at - Math.floor(at));
}

/** The smallest value at or below which values of at least the given share of all weight lie. */
export function weightedQuantile(values: readonly number[], weights: readonly number[], share: number): number {
  const order = [...values.keys()].sort((a, b) => values[a]! - values[b]!);
  let left = share * weights.reduce((sum, weight) => sum + weight, 0);
  const found = order.find((at) => (left -= weights[at]!) <= 0) ?? order.at(-1)!;
  return values[found]!;
}

export const median = (values: Iterable<number>): number => quantile(values, 0.5);

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
