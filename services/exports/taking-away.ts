import type { ExportsStore, StoredExport } from "./exports.store.ts";
import type { Pieces } from "./pieces.store.ts";

interface Vault {
  rows: ExportsStore;
  pieces: Pieces;
  clock: () => number;
}

/** A worker that does not know yet that it has lost writes no longer than this. */
const GONE_FOR_MS = 24 * 3600_000;

/**
 * Takes an export away: its link, then its pieces. The row stays for a day without them; that makes a worker lose who
 * is at it just now, and whatever a dying one left behind goes with the row.
 */
async function takeAway({ rows, pieces, clock }: Vault, { id }: StoredExport): Promise<void> {
  for (;;) {
    const found = await rows.byId(id);
    if (!found) return;
    const nothing = { slot: null, digest: null, edition: null, expiresAtMs: clock() + GONE_FOR_MS };
    if (found.state === "gone" || (await rows.change(found, { state: "gone", ...nothing }))) break;
  }
  await pieces.remove(id);
}

/** Takes away all that was made for a member, or what is older than one export. Repeating it does no harm. */
export async function takeAwayAll(vault: Vault, accountId: string, before?: StoredExport): Promise<void> {
  for (;;) {
    const some = await vault.rows.someOf(accountId, before);
    if (some.length === 0) return;
    for (const one of some) await takeAway(vault, one);
  }
}

/** Removes what has expired: the pieces first, so that a row is left as long as one of them is. */
export async function purge({ rows, pieces, clock }: Vault): Promise<void> {
  for (const one of await rows.expired(clock())) {
    await pieces.remove(one.id);
    await rows.remove(one);
  }
}
