/** A linear scale from data to pixels with round ticks. */
export type Scale = { ticks: number[]; min: number; max: number; toPixel: (value: number) => number };

/** Where the least and the greatest value of a scale stand. */
export type Pixels = readonly [from: number, to: number];

/** A scale over min..max widened to whole ticks, of which there are about as many as wanted. */
export function wholeScale(min: number, max: number, wantedTicks: number, pixels: Pixels): Scale {
  const step = roundStep(Math.max(max - min, 1) / wantedTicks);
  const first = Math.floor(min / step);
  const last = Math.max(Math.ceil(max / step), first + 1);
  return linear(first * step, last * step, step, pixels);
}

/** A scale over exactly 0..max; the last tick stands where it falls. */
export const exactScale = (max: number, wantedTicks: number, pixels: Pixels): Scale =>
  linear(0, max, roundStep(max / wantedTicks), pixels);

function linear(min: number, max: number, step: number, [from, to]: Pixels): Scale {
  const ticks = Array.from({ length: Math.floor((max - min) / step) + 1 }, (_, index) => min + index * step);
  return { ticks, min, max, toPixel: (value) => from + ((value - min) / (max - min)) * (to - from) };
}

/** The least of 1, 2, 2.5, 5 times a power of ten that is not below the given step, and whole. */
function roundStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  const factor = [1, 2, 2.5, 5, 10].find((factor) => factor * power >= step * 0.999) ?? 10;
  return Math.max(1, Math.round(factor * power));
}
