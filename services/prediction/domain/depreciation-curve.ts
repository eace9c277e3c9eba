/** One point of a curve: what the same car is worth at another mileage. */
export type CurvePoint = { mileage: number; price: number };

export const CURVE_POINTS = 25;

/** Steps that people read easily, in the unit of the mileage. */
const STEPS = [1000, 2000, 2500, 4000, 5000, 10_000, 20_000, 25_000, 50_000];
/** The curve shows at least this far. */
const SHORTEST_CURVE = 96_000;

/** 25 evenly spaced mileages from 0 to somewhat beyond the given one (and at least to 96,000). */
export function curveMileages(mileage: number): number[] {
  const furthest = Math.max(SHORTEST_CURVE, mileage * 1.2);
  const intervals = CURVE_POINTS - 1;
  const step = STEPS.find((step) => step * intervals >= furthest) ?? Math.ceil(furthest / intervals);
  return Array.from({ length: CURVE_POINTS }, (_, index) => index * step);
}

/**
 * The curve in whole money, never rising with mileage. The model is monotone in mileage by training; the cumulative
 * minimum keeps the promise for any model version.
 */
export function depreciationCurve(mileages: readonly number[], prices: readonly number[]): CurvePoint[] {
  let lowest = Infinity;
  return mileages.map((mileage, index) => {
    lowest = Math.min(lowest, Math.max(1, Math.round(prices[index]!)));
    return { mileage, price: lowest };
  });
}
