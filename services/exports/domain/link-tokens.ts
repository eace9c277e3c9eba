import { createHash, createHmac, hkdfSync } from "node:crypto";

/** What the links in mails carry. */
export interface LinkTokens {
  /**
   * The token of an export: 256 bits that nobody can tell without our secret. It is the same whenever it is made, so
   * that a mail can be made again after a crash although only the digest is kept.
   */
  of(exportId: string): string;
  digestOf(token: string): string;
}

export function linkTokens(secret: string): LinkTokens {
  const key = Buffer.from(hkdfSync("sha256", secret, "", "export link 1", 32));
  return {
    of: (exportId) => createHmac("sha256", key).update(exportId).digest("base64url"),
    digestOf: (token) => createHash("sha256").update(token).digest("base64url"),
  };
}
