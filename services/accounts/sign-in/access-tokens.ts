import { accessSigner } from "../../../mixins/tokens/access-signer.ts";
import type { AccessClaims } from "../../../mixins/tokens/access-token.ts";
import { accessVerifier, type AccessVerifier } from "../../../mixins/tokens/access-verifier.ts";
import { csrfTokens } from "../../../mixins/tokens/csrf-token.ts";
import { endedTokens } from "../../../mixins/tokens/ended-tokens.ts";
import { InvalidToken } from "../account.contract.ts";
import type { Endings } from "./endings.ts";
import type { SigningKeys } from "./signing-keys.ts";

/** When a token is issued, and which endings it comes after. */
interface IssueMoment {
  /** Unix milliseconds. */
  atMs: number;
  /** Number of the latest ending about the account. */
  after: number | undefined;
}

/** Access tokens where they are made. */
export interface AccessTokens extends AccessVerifier {
  /**
   * The moment to issue a token at; asked before the account is read that the token will speak of. Whatever is ended
   * later than this ends the token, and what was ended earlier the account shows. Throws `INVALID_TOKEN` for a session
   * that has ended meanwhile.
   */
  issueMoment(accountId: string, sessionId: string): Promise<IssueMoment>;
  sign(claims: AccessClaims, moment: IssueMoment): Promise<string>;
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
  const signer = accessSigner(keys.current);
  return {
    sign: (claims, { atMs, after }) => signer.sign({ ...claims, after }, atMs),
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
      const atMs = clock();
      const found = await endings.about([accountId, sessionId]);
      if (found.some(({ about }) => about === sessionId)) throw InvalidToken();
      return { atMs, after: found[0]?.atMs };
    },
  };
}
