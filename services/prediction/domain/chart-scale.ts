/** A linear scale from data to pixels with round ticks. */
export type Scale = { ticks: number[]; min: number; max: number; toPixel: (value: number) => number };

/**
 * A scale over min..max widened to whole ticks, of which there are about as many as wanted.
 * @param pixels where the least and the greatest value stand
 */
export function roundScale(min: number, max: number, wantedTicks: number, pixels: readonly [number, number]): Scale {
  const step = roundStep(Math.max(max - min, 1) / wantedTicks);
  const first = Math.floor(min / step);
  const last = Math.max(Math.ceil(max / step), first + 1);
  const ticks = Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step);
  const [from, to] = pixels;
  const span = (last - first) * step;
  return {
    ticks,
    min: first * step,
    max: last * step,
    toPixel: (value) => from + ((value - first * step) / span) * (to - from),
  };
}

/** The least of 1, 2, 5 times a power of ten that is not below the given step. */
function roundStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  const factor = [1, 2, 5, 10].find((factor) => factor * power >= step * 0.999) ?? 10;
  return Math.max(1, factor * power);
}
