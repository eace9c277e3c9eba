const AGAIN_AFTER_MS = 30_000;

/** Says what lasts at once and then every half minute, however often it is found to be so. */
export function lastingWarning(warn: (...parts: unknown[]) => void): (...parts: unknown[]) => void {
  let saidAt = -Infinity;
  return (...parts) => {
    const now = performance.now();
    if (now - saidAt < AGAIN_AFTER_MS) return;
    saidAt = now;
    warn(...parts);
  };
}
