import { counter, gauge, histogram } from "../../mixins/metrics/metrics.ts";
import { SearchError, type SearchEngine } from "./search-engine.ts";

const durations = histogram("search_duration_seconds", "Searches; ok, or the code of the engine's error", {
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
  labels: ["engine", "outcome"],
});
export const degradedAnswers = counter(
  "search_degraded_total",
  "Answers from the owner's store for want of the engine",
);
export const catchingUp = gauge(
  "search_catching_up",
  "1 until search has once reached the end of the listings' changes",
);

/** The same engine; its searches are timed. */
export const timed = (engine: SearchEngine): SearchEngine => ({
  ...engine,
  async search(query) {
    const start = performance.now();
    let outcome = "ok";
    try {
      return await engine.search(query);
    } catch (error) {
      outcome = error instanceof SearchError ? error.code : "ERROR";
      throw error;
    } finally {
      durations.observe((performance.now() - start) / 1000, { engine: engine.kind, outcome });
    }
  },
});
