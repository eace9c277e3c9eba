/** Access tokens: JWTs in the shape of RFC 9068, signed with Ed25519 (RFC 8037). What signers and verifiers agree on. */
export const ALGORITHM = "EdDSA";
export const TYPE = "at+jwt";
export const ISSUER = "accounts";
export const AUDIENCE = "api";
export const ACCESS_SECONDS = 15 * 60;
export const ACCESS_LIFE_MS = ACCESS_SECONDS * 1000;

/** Who an access token speaks for. */
export interface AccessClaims {
  accountId: string;
  roles: string[];
  sessionId: string;
  /** The latest ending about the account that was heeded when the token was issued: see `endedTokens`. */
  after?: number | undefined;
}

/** What a good token says. */
export interface AccessIdentity extends AccessClaims {
  /** Its `jti`, unique for ever. */
  tokenId: string;
  /** Unix milliseconds. */
  issuedAtMs: number;
  expiresAtMs: number;
}

/** The public half of a signing key (RFC 7517, RFC 8037). */
export interface PublicJwk {
  kty: "OKP";
  crv: "Ed25519";
  alg: "EdDSA";
  use: "sig";
  kid: string;
  x: string;
}

const LONGEST = 4096;

/**
 * Whether a text is a JWS as we write them. Base64url and JSON have several spellings of the same content; only ours is
 * accepted, so that one token is one string and no claim stands in it twice (RFC 7519 §4 leaves open which would count).
 */
export function isCanonical(token: string): boolean {
  if (token.length > LONGEST) return false;
  const parts = token.split(".");
  if (parts.length !== 3) return false;
  const bytes = parts.map((part) => Buffer.from(part, "base64url"));
  return (
    bytes.every((decoded, index) => decoded.toString("base64url") === parts[index]) &&
    bytes.slice(0, 2).every((decoded) => isPlainJson(decoded.toString()))
  );
}

function isPlainJson(text: string): boolean {
  try {
    return JSON.stringify(JSON.parse(text)) === text;
  } catch {
    return false;
  }
}
