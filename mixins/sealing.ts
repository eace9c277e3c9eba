import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

/** Texts that rest encrypted (AES-256-GCM). */
export interface Sealing {
  /** `about` is bound to the text: sealed for one thing, it cannot be opened as another's. */
  seal(text: string, about: string): string;
  /** Undefined for what was sealed with another secret, for another purpose, about something else, or altered. */
  unseal(sealed: string, about: string): string | undefined;
}

const CIPHER = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Seals under a key derived from the secret for one purpose, apart from other uses of the secret (RFC 5869). */
export function sealing(secret: string, purpose: string): Sealing {
  const key = Buffer.from(hkdfSync("sha256", secret, "", purpose, 32));
  return {
    seal(text, about) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(about));
      const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64url");
    },
    unseal(sealed, about) {
      const bytes = Buffer.from(sealed, "base64url");
      try {
        const cipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES))
          .setAAD(Buffer.from(about))
          .setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
        return cipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES), undefined, "utf8") + cipher.final("utf8");
      } catch {
        return undefined;
      }
    },
  };
}

/** The secret of this process is not the one that something was sealed with; only people can mend that. */
export class SecretFault extends Error {
  constructor(message: string) {
    super(message);
    this.name = "SecretFault";
    // Whoever reads it mends the set-up, not the code: one line says it all.
    this.stack = `${this.name}: ${message}`;
  }
}
