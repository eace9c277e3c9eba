import { timingSafeEqual } from "node:crypto";

/** Whether a text is, byte for byte, the secret one; how long the answer takes tells of its length alone. */
export function isSameText(secret: string, given: string): boolean {
  const [right, bytes] = [Buffer.from(secret), Buffer.from(given)];
  return right.length === bytes.length && timingSafeEqual(right, bytes);
}
