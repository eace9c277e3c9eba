import { decodeProtectedHeader, jwtVerify, type CryptoKey } from "jose";
import { z } from "zod";
import { ACCESS_LIFE_MS, ALGORITHM, AUDIENCE, isCanonical, ISSUER, TYPE, type AccessIdentity } from "./access-token.ts";

/** Where verifiers get keys from. */
export interface PublicKeys {
  /** Undefined for a name that nobody published. Throws `KeysUnknown` when it cannot be told. */
  keyOf(kid: string): Promise<CryptoKey | undefined>;
}

/** No keys have been learnt yet, so that no token can be told good or bad. */
export class KeysUnknown extends Error {}

export interface AccessVerifier {
  /**
   * What a good token says; undefined for anything else (expired, foreign, altered, ended, not canonical). Throws
   * `KeysUnknown` while that cannot be told.
   */
  verify(token: string): Promise<AccessIdentity | undefined>;
}

interface VerifierPorts {
  keys: PublicKeys;
  /** Whether a token that is good otherwise was ended before its time. */
  isEnded: (token: AccessIdentity) => boolean | Promise<boolean>;
  /** Unix milliseconds. */
  clock?: () => number;
}

interface Proven {
  identity: AccessIdentity;
  kid: string;
  key: CryptoKey;
}

/** The clocks of two machines may differ by so much. */
const SKEW_SECONDS = 5;
/** Good tokens whose signature is not computed again; about 1 KB each. */
const MOST_REMEMBERED = 10_000;

/** A closed header: keys are never taken from a token (`jwk`, `jku`, `x5u`), and no extension is critical to us. */
const Header = z.strictObject({ alg: z.literal(ALGORITHM), typ: z.literal(TYPE), kid: z.string().min(1).max(100) });
const Name = z.string().min(1).max(200);
const Payload = z.object({
  ...{ sub: Name, sid: Name, jti: Name },
  roles: z.array(z.string()),
  after: z.int().optional(),
  ...{ iat: z.number().positive(), exp: z.number().positive() },
});

/**
 * Tells good access tokens from all others. Algorithm, type, issuer and audience are fixed, so that a token that was
 * made for another purpose never passes. In this order: spelling, signature and claims, endings.
 */
export function accessVerifier({ keys, isEnded, clock = Date.now }: VerifierPorts): AccessVerifier {
  const remembered = new Map<string, Proven>();

  async function prove(token: string): Promise<Proven | undefined> {
    if (!isCanonical(token)) return undefined;
    const { data: header } = Header.safeParse(headerOf(token));
    const key = header && (await keys.keyOf(header.kid));
    const identity = key && (await identityIn(token, key, clock()));
    return identity && { identity, kid: header.kid, key };
  }

  function remember(token: string, proven: Proven): void {
    if (remembered.size >= MOST_REMEMBERED) remembered.delete(remembered.keys().next().value!);
    remembered.set(token, proven);
  }

  /** A proof holds as long as its key is published and the token has not expired. */
  async function recall(token: string): Promise<Proven | undefined> {
    const proven = remembered.get(token);
    if (!proven) return undefined;
    if (proven.identity.expiresAtMs > clock() && (await keys.keyOf(proven.kid)) === proven.key) return proven;
    remembered.delete(token);
    return undefined;
  }

  return {
    async verify(token) {
      let proven = await recall(token);
      if (!proven) {
        proven = await prove(token);
        if (proven) remember(token, proven);
      }
      return proven && !(await isEnded(proven.identity)) ? proven.identity : undefined;
    },
  };
}

function headerOf(token: string): unknown {
  try {
    return decodeProtectedHeader(token);
  } catch {
    return undefined;
  }
}

async function identityIn(token: string, key: CryptoKey, nowMs: number): Promise<AccessIdentity | undefined> {
  const rules = { algorithms: [ALGORITHM], typ: TYPE, issuer: ISSUER, audience: AUDIENCE };
  const times = { currentDate: new Date(nowMs), clockTolerance: SKEW_SECONDS };
  const verified = await jwtVerify(token, key, { ...rules, ...times }).catch(() => undefined);
  const { data: claims } = Payload.safeParse(verified?.payload);
  if (!claims) return undefined;
  const [issuedAtMs, expiresAtMs] = [Math.round(claims.iat * 1000), Math.round(claims.exp * 1000)];
  // An ending is remembered for as long as tokens live; none may outlive it.
  if (expiresAtMs <= nowMs || expiresAtMs > issuedAtMs + ACCESS_LIFE_MS) return undefined;
  if (issuedAtMs > nowMs + SKEW_SECONDS * 1000) return undefined;
  const { sub: accountId, roles, sid: sessionId, jti: tokenId, after } = claims;
  return { accountId, roles, sessionId, tokenId, issuedAtMs, expiresAtMs, ...(after !== undefined && { after }) };
}
