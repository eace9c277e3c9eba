import { counter, gauge } from "../../mixins/metrics/metrics.ts";

/** `outcome`: ready, tooLarge or servicesUnavailable. */
export const exportsEnded = counter("exports_total", "Exports of members' data by how they ended", ["outcome"]);
export const longestWait = gauge(
  "export_longest_wait_seconds",
  "How long the oldest export under way has taken so far",
);
