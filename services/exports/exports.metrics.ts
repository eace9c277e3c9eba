import { counter } from "../../mixins/metrics/metrics.ts";

/** `outcome`: ready, tooLarge or servicesUnavailable. */
export const exportsEnded = counter("exports_total", "Exports of members' data by how they ended", ["outcome"]);
