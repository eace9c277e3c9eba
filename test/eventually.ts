import { setTimeout as pause } from "node:timers/promises";

/** Repeats an assertion until it holds; when the limit has passed, its own failure is the test's. */
export async function eventually(assertion: () => unknown, limitMs = 20_000): Promise<void> {
  for (const latest = Date.now() + limitMs; ;) {
    try {
      await assertion();
      return;
    } catch (error) {
      if (Date.now() > latest) throw error;
      await pause(10);
    }
  }
}
