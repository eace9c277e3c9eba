import { NoExport, type Export } from "../exports.contract.ts";
import type { StoredExport } from "../exports.store.ts";

/** An export as its owner sees it. Throws `EXPORT_NOT_FOUND` for one that was taken away or has expired. */
export function exportView(stored: StoredExport, nowMs: number): Export {
  const { id, state, askedAtMs, readyAtMs, expiresAtMs, bytes, reason } = stored;
  if (state === "gone" || hasExpired(stored, nowMs)) throw NoExport();
  const dates = { askedAt: isoOf(askedAtMs), readyAt: orNull(readyAtMs), expiresAt: orNull(expiresAtMs) };
  return { id, state, ...dates, bytes, reason };
}

/** Whether its link has ended, or nobody needs to know any more that it failed. */
export const hasExpired = ({ expiresAtMs }: StoredExport, nowMs: number): boolean =>
  expiresAtMs !== null && expiresAtMs <= nowMs;

/** The headers by which a browser saves the ZIP under a name, and nobody on the way keeps it. */
export const downloadHeaders = ({ readyAtMs }: StoredExport) => ({
  "Content-Disposition": `attachment; filename="hallabong-${isoOf(readyAtMs!).slice(0, 10)}.zip"`,
  "Cache-Control": "no-store",
});

const isoOf = (ms: number) => new Date(ms).toISOString();
const orNull = (ms: number | null) => (ms === null ? null : isoOf(ms));
