import { hash } from "node:crypto";

/**
 * The ETag of a JSON answer: `"<version>-<hash>"` for editable resources, whose `If-Match` compares the version, else
 * a weak hash of the text.
 */
export function entityTag(text: string, version: unknown): string {
  const digest = hash("sha1", text, "base64url").slice(0, 22);
  return Number.isInteger(version) ? `"${String(version)}-${digest}"` : `W/"${digest}"`;
}

/** Whether an `If-None-Match` header names the tag (weak comparison, RFC 9110 §13.1.2). */
export function isUnchanged(ifNoneMatch: string | undefined, tag: string): boolean {
  if (!ifNoneMatch) return false;
  const bare = (text: string) => text.trim().replace(/^W\//, "");
  return ifNoneMatch.trim() === "*" || ifNoneMatch.split(",").some((candidate) => bare(candidate) === bare(tag));
}
