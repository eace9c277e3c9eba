import type { CallerMeta } from "../../../mixins/answer.ts";
import type { KeyedDigest } from "../../../mixins/keyed-digest.ts";
import { InvalidToken } from "../account.contract.ts";
import { isToken, judge, nextGeneration, readClaim } from "./refresh-family.ts";
import type { SignInStore, StoredSession } from "./sign-in.store.ts";

export type Place = Pick<CallerMeta, "ip" | "userAgent">;

/** Refresh tokens against the families that are kept. */
export interface Rotation {
  /** The session that a token of any generation belongs to; undefined for what is none. */
  sessionOf(token: string): Promise<StoredSession | undefined>;
  /**
   * Spends a token: the answer is its session with the token that is current now, or `reused`: somebody else has a copy.
   * Of many who spend the same one at once, the compare-and-set lets one rotate; the others find it done and get the
   * same successor. Throws `INVALID_TOKEN`.
   */
  spend(token: string, place: Place): Promise<{ session: StoredSession; reused: boolean }>;
}

/** Where a session is used now. */
export const seenAt = ({ ip, userAgent }: Place, nowMs: number) => ({
  ip: ip ?? null,
  userAgent: userAgent ?? null,
  lastSeenAtMs: nowMs,
});

export function rotation(store: SignInStore, key: KeyedDigest, clock: () => number): Rotation {
  const genuine = async (token: string) => {
    const claim = readClaim(token);
    const session = claim && (await store.session(claim.familyId));
    const isGenuine = session && isToken(key, session, claim.generation, token);
    return isGenuine ? { session, generation: claim.generation } : undefined;
  };
  return {
    sessionOf: async (token) => (await genuine(token))?.session,
    async spend(token, place) {
      for (;;) {
        const found = await genuine(token);
        if (!found) throw InvalidToken();
        const { session, generation } = found;
        const verdict = judge(session, generation, clock());
        if (verdict === "dead") throw InvalidToken();
        if (verdict !== "rotate") return { session, reused: verdict === "reused" };
        const next = { ...nextGeneration(session, clock()), ...seenAt(place, clock()) };
        const rotated = await store.changeSession(session, next);
        if (rotated) return { session: rotated, reused: false };
      }
    },
  };
}
