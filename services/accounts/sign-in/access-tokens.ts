import { accessSigner, type AccessSigner } from "../../../mixins/tokens/access-signer.ts";
import { accessVerifier, type AccessVerifier } from "../../../mixins/tokens/access-verifier.ts";
import { csrfTokens } from "../../../mixins/tokens/csrf-token.ts";
import { endedTokens } from "../../../mixins/tokens/ended-tokens.ts";
import { InvalidToken } from "../account.contract.ts";
import type { Endings } from "./endings.ts";
import type { SigningKeys } from "./signing-keys.ts";

/** Access tokens where they are made. */
export interface AccessTokens extends AccessSigner, AccessVerifier {
  /**
   * The moment to issue a token at; asked before the account is read that the token will speak of. Whatever is ended
   * later than this ends the token, and what was ended earlier the account shows. Throws `INVALID_TOKEN` for a session
   * that has ended meanwhile.
   */
  issueMoment(accountId: string, sessionId: string): Promise<number>;
  csrfToken(sessionId: string): string;
}

interface TokenPorts {
  keys: SigningKeys;
  endings: Endings;
  secret: string;
  clock: () => number;
}

/** Here endings are read from the store itself, so that none is ever missed. */
export function accessTokens({ keys, endings, secret, clock }: TokenPorts): AccessTokens {
  return {
    ...accessSigner(keys.current),
    ...accessVerifier({
      ...{ keys, clock },
      async isEnded(token) {
        const ended = endedTokens();
        ended.learn(await endings.about([token.tokenId, token.sessionId, token.accountId]));
        return ended.isEnded(token);
      },
    }),
    csrfToken: csrfTokens(secret),
    async issueMoment(accountId, sessionId) {
      const nowMs = clock();
      const found = await endings.about([accountId, sessionId]);
      if (found.some(({ about }) => about === sessionId)) throw InvalidToken();
      return Math.max(nowMs, ...found.map(({ issuedUpToMs }) => issuedUpToMs + 1));
    },
  };
}
