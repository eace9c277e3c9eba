import { createHmac, hkdfSync } from "node:crypto";

/** What a text becomes for whoever has the key: HMAC-SHA-256, base64url. Others can neither make it nor try texts. */
export type KeyedDigest = (text: string) => string;

/** Digests under a key derived from the secret for one purpose, apart from other uses of the secret (RFC 5869). */
export function keyedDigest(secret: string, purpose: string): KeyedDigest {
  const key = Buffer.from(hkdfSync("sha256", secret, "", purpose, 32));
  return (text) => createHmac("sha256", key).update(text).digest("base64url");
}
