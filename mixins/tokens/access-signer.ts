import { SignJWT, type CryptoKey } from "jose";
import { uuidv7 } from "uuidv7";
import { ACCESS_SECONDS, ALGORITHM, AUDIENCE, ISSUER, TYPE, type AccessClaims } from "./access-token.ts";

/** A private key and the name under which its public half is published. */
export interface SigningKey {
  kid: string;
  privateKey: CryptoKey;
}

export interface AccessSigner {
  /** A token that is good for 15 minutes from `issuedAtMs` (Unix milliseconds). */
  sign(claims: AccessClaims, issuedAtMs: number): Promise<string>;
}

/** Makes access tokens. `iat` and `exp` have milliseconds (RFC 7519 §2 allows fractions). */
export const accessSigner = (signingKey: () => Promise<SigningKey>): AccessSigner => ({
  async sign({ accountId, roles, sessionId, after }, issuedAtMs) {
    const { kid, privateKey } = await signingKey();
    const issuedAt = issuedAtMs / 1000;
    return new SignJWT({ roles, sid: sessionId, ...(after !== undefined && { after }) })
      .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid })
      .setSubject(accountId)
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setJti(uuidv7())
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + ACCESS_SECONDS)
      .sign(privateKey);
  },
});
