/**
 * Waits for work, but not longer than the limit; then it rejects and the work goes on unobserved. The timer does not
 * keep the process alive.
 */
export async function within<T>(limitMs: number, work: Promise<T>, what = "The work"): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${limitMs} ms`)), limitMs).unref();
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
