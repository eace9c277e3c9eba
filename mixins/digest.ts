import { createHash } from "node:crypto";

/** SHA-256, base64url: tells whether a text is the same one, for texts that nobody can find by trying all. */
export const digestOf = (text: string): string => createHash("sha256").update(text).digest("base64url");
