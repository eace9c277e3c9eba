export type Figures = { calls: number; perSecond: number; p50Ms: number; p99Ms: number };

/** Keeps so many calls in flight for so long; rejects with the first call that fails. */
export async function keepInFlight(
  call: () => Promise<unknown>,
  { inFlight, durationMs }: { inFlight: number; durationMs: number },
): Promise<Figures> {
  const latencies: number[] = [];
  const start = performance.now();
  const caller = async () => {
    for (let now = start; now - start < durationMs;) {
      await call();
      const end = performance.now();
      latencies.push(end - now);
      now = end;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, caller));
  const elapsedMs = performance.now() - start;
  const sorted = Float64Array.from(latencies).sort();
  const quantile = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
  const calls = latencies.length;
  return { calls, perSecond: (calls / elapsedMs) * 1000, p50Ms: quantile(0.5), p99Ms: quantile(0.99) };
}

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
