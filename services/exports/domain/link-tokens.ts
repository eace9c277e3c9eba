import { createHash } from "node:crypto";
import { keyedDigest } from "../../../mixins/keyed-digest.ts";

/** What the links in mails carry. */
export interface LinkTokens {
  /**
   * The token of an export: 256 bits that nobody can tell without our secret. It is the same whenever it is made, so
   * that a mail can be made again after a crash although only the digest is kept.
   */
  of(exportId: string): string;
  digestOf(token: string): string;
}

export const linkTokens = (secret: string): LinkTokens => ({
  of: keyedDigest(secret, "export link 1"),
  digestOf: (token) => createHash("sha256").update(token).digest("base64url"),
});
