export type Figures = { perSecond: number; p50Ms: number; p99Ms: number };

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
  return { perSecond: (latencies.length / elapsedMs) * 1000, p50Ms: quantile(0.5), p99Ms: quantile(0.99) };
}

/** The median of each figure over several rounds. */
export function medianFigures(rounds: readonly Figures[]): Figures {
  const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
  return {
    perSecond: median(rounds.map(({ perSecond }) => perSecond)),
    p50Ms: median(rounds.map(({ p50Ms }) => p50Ms)),
    p99Ms: median(rounds.map(({ p99Ms }) => p99Ms)),
  };
}
