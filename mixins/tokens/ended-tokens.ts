import type { AccessIdentity } from "./access-token.ts";

/** Tokens that ended before their time: those of a session, of an account, or one alone. */
export interface Ending {
  /** A `sid`, a `sub` or a `jti`. */
  about: string;
  /** When, Unix milliseconds; of two endings about one thing the later has the greater number, whatever clocks say. */
  atMs: number;
  /** By then they have all expired, Unix milliseconds. */
  forgottenAtMs: number;
}

/** What one process knows of ended tokens. */
export interface EndedTokens {
  /** In any order and as often as one likes: of two endings about one thing the later counts. */
  learn(endings: readonly Ending[]): void;
  isEnded(token: Pick<AccessIdentity, "tokenId" | "sessionId" | "accountId" | "after">): boolean;
  /** Drops those whose tokens have all expired. */
  forget(nowMs: number): void;
}

/**
 * A token or a session that has ended has no good token any more. An account goes on: good are its tokens that were
 * issued in knowledge of the ending, and say so by its number (`after`). When a token was issued does not count, for
 * issuers' clocks differ.
 */
export function endedTokens(): EndedTokens {
  const known = new Map<string, Ending>();
  const isAfter = (about: string, atMs = -Infinity) => (known.get(about)?.atMs ?? -Infinity) > atMs;
  return {
    learn(endings) {
      for (const ending of endings) {
        if (!isAfter(ending.about, ending.atMs)) known.set(ending.about, ending);
      }
    },
    isEnded: ({ tokenId, sessionId, accountId, after }) =>
      known.has(tokenId) || known.has(sessionId) || isAfter(accountId, after),
    forget(nowMs) {
      for (const [about, { forgottenAtMs }] of known) if (forgottenAtMs <= nowMs) known.delete(about);
    },
  };
}
