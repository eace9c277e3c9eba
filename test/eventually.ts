import { setTimeout as pause } from "node:timers/promises";

/**
 * Repeats an assertion until it holds, and answers what it gave; when the limit, far wider than needed, has passed, its
 * own failure is the test's.
 */
export async function eventually<T>(assertion: () => T | Promise<T>, limitMs = 30_000): Promise<T> {
  for (const latest = Date.now() + limitMs; ;) {
    try {
      return await assertion();
    } catch (error) {
      if (Date.now() > latest) throw error;
      await pause(10);
    }
  }
}
