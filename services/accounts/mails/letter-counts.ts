import type { OpenCollection } from "../../../mixins/collection/collection.ts";
import { removeEvery } from "../../../mixins/collection/every-match.ts";
import { keyedDigest } from "../../../mixins/keyed-digest.ts";
import type { Letter } from "./letters.ts";

/** How many letters of each kind an address has been sent on each day (UTC). */
export interface LetterCounts {
  /** Counts one more; false when that is more than an address gets of the kind in a day. */
  count(email: string, kind: Letter["kind"]): Promise<boolean>;
  /** Forgets the days before yesterday. */
  purge(nowMs: number): Promise<number>;
  close(): Promise<void>;
}

export const MOST_A_DAY = 10;
/** Anybody may ask for these: a stranger who does must not soon leave the owner without one. */
export const MOST_RESETS_A_DAY = 30;
const DAY_MS = 24 * 3600_000;

/** Counted by atomic increments in one document per address, kind and day, named by a digest: no address is kept. */
export async function openLetterCounts(
  open: OpenCollection,
  secret: string,
  clock: () => number,
): Promise<LetterCounts> {
  const days = await open<{ letters?: number }>({
    service: "accounts",
    noun: "letterCount",
    fields: {},
    indexes: [["changedAt"]],
  });
  const digest = keyedDigest(secret, "letter counts 1");
  return {
    async count(email, kind) {
      const day = Math.floor(clock() / DAY_MS);
      const { letters = 0 } = await days.increment(digest(`${day} ${kind} ${email}`), { letters: 1 });
      return letters <= (kind === "resetPassword" ? MOST_RESETS_A_DAY : MOST_A_DAY);
    },
    purge: (nowMs) => removeEvery(days, { changedAt: { lte: new Date(nowMs - 2 * DAY_MS).toISOString() } }),
    close: () => days.close(),
  };
}
