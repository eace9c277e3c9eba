import { createHmac, createSecretKey, randomUUID } from "node:crypto";
import { jwtVerify, SignJWT } from "jose";
import { z } from "zod";

const ALGORITHM = "HS256";
const TYPE = "at+jwt";
const ISSUER = "accounts";
const AUDIENCE = "api";
export const ACCESS_SECONDS = 15 * 60;

/** Who an access token speaks for. */
interface AccessClaims {
  accountId: string;
  roles: string[];
  sessionId: string;
}

export interface AccessTokens {
  /** A signed token that is good for 15 minutes from `now`. */
  sign(claims: AccessClaims, now?: Date): Promise<string>;
  /** The claims of a good token; undefined for anything else (expired, foreign, altered, not canonical). */
  verify(token: string): Promise<AccessClaims | undefined>;
  /** What a browser session sends as `X-CSRF-Token`: bound to the session, the same for its whole life. */
  csrfToken(sessionId: string): string;
}

const Payload = z.object({ sub: z.string().min(1), roles: z.array(z.string()), sid: z.string().min(1) });

/**
 * Access tokens of one installation: JWTs (RFC 9068 shape) signed with HS256. Whoever signs and whoever verifies
 * shares the secret and nothing else. Algorithm, type, issuer and audience are fixed, so a token that was made for
 * another purpose never passes.
 */
export function accessTokens(options: { secret: string }): AccessTokens {
  const key = createSecretKey(Buffer.from(options.secret));
  return {
    sign: ({ accountId, roles, sessionId }, now = new Date()) => {
      const issuedAt = Math.floor(now.getTime() / 1000);
      return new SignJWT({ roles, sid: sessionId })
        .setProtectedHeader({ alg: ALGORITHM, typ: TYPE })
        .setSubject(accountId)
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setJti(randomUUID())
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + ACCESS_SECONDS)
        .sign(key);
    },
    async verify(token) {
      if (!isCanonical(token)) return undefined;
      const rules = { algorithms: [ALGORITHM], typ: TYPE, issuer: ISSUER, audience: AUDIENCE };
      const verified = await jwtVerify(token, key, { ...rules, requiredClaims: ["exp", "iat", "jti"] }).catch(
        () => null,
      );
      const claims = Payload.safeParse(verified?.payload).data;
      return claims && { accountId: claims.sub, roles: claims.roles, sessionId: claims.sid };
    },
    csrfToken: (sessionId) => createHmac("sha256", key).update(`csrf:${sessionId}`).digest("base64url"),
  };
}

/** Base64url has several spellings of the same bytes; only the shortest is accepted, so one token is one string. */
const isCanonical = (token: string) =>
  token.length <= 4096 &&
  token.split(".").every((part) => Buffer.from(part, "base64url").toString("base64url") === part);
