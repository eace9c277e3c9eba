import type { AccessIdentity } from "./access-token.ts";

/** Tokens that ended before their time: those of a session, of an account, or one alone. */
export interface Ending {
  /** A `sid`, a `sub` or a `jti`. */
  about: string;
  /** Tokens issued at or before this moment are no good, Unix milliseconds. */
  issuedUpToMs: number;
  /** By then they have all expired, Unix milliseconds. */
  forgottenAtMs: number;
}

/** What one process knows of ended tokens. */
export interface EndedTokens {
  /** In any order and as often as one likes: of two endings about one thing the later counts. */
  learn(endings: readonly Ending[]): void;
  isEnded(token: Pick<AccessIdentity, "tokenId" | "sessionId" | "accountId" | "issuedAtMs">): boolean;
  /** Drops those whose tokens have all expired. */
  forget(nowMs: number): void;
}

export function endedTokens(): EndedTokens {
  const known = new Map<string, Ending>();
  const covers = (about: string, issuedAtMs: number) => (known.get(about)?.issuedUpToMs ?? -Infinity) >= issuedAtMs;
  return {
    learn(endings) {
      for (const ending of endings) {
        if (!covers(ending.about, ending.issuedUpToMs)) known.set(ending.about, ending);
      }
    },
    isEnded: ({ tokenId, sessionId, accountId, issuedAtMs }) =>
      covers(tokenId, issuedAtMs) || covers(sessionId, issuedAtMs) || covers(accountId, issuedAtMs),
    forget(nowMs) {
      for (const [about, { forgottenAtMs }] of known) if (forgottenAtMs <= nowMs) known.delete(about);
    },
  };
}
