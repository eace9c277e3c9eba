import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from "node:crypto";
import { InvalidInput } from "../../mixins/failure.ts";

/** What a keyed request is known by. Nothing of it can be read back: the key itself is never stored. */
export interface RequestKeys {
  /** Names the record: caller, route and key. */
  slot: string;
  /** Tells whether it is the same request; keyed, so that it cannot be tried against guessed bodies. */
  fingerprint: string;
  seal(answer: string): string;
  /** Undefined when the sealed text was made by another request. */
  unseal(sealed: string): string | undefined;
}

const VISIBLE_ASCII = /^[\x21-\x7e]{1,128}$/;
const CIPHER = "aes-256-gcm";

/**
 * Derives all from the Idempotency-Key and the request. Answers may hold tokens, so they are kept encrypted under a key
 * that only the same request can make again. Throws 422 for a key that is not 1 to 128 visible ASCII characters.
 */
export function requestKeys(key: string, caller: string, route: string, request: unknown): RequestKeys {
  if (!VISIBLE_ASCII.test(key)) {
    throw InvalidInput({ errors: [{ path: "Idempotency-Key", message: "1 to 128 visible ASCII characters" }] });
  }
  const text = JSON.stringify(request);
  const derive = (purpose: string) => createHmac("sha256", key).update(`${purpose}\n${caller}\n${text}`).digest();
  const secret = derive("seal");
  return {
    slot: createHash("sha256").update(`${caller}\n${route}\n${key}`).digest("base64url"),
    fingerprint: derive("fingerprint").toString("base64url"),
    seal(answer) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv(CIPHER, secret, nonce);
      const sealed = Buffer.concat([cipher.update(answer, "utf8"), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64");
    },
    unseal(sealed) {
      const bytes = Buffer.from(sealed, "base64");
      const cipher = createDecipheriv(CIPHER, secret, bytes.subarray(0, 12)).setAuthTag(bytes.subarray(12, 28));
      try {
        return cipher.update(bytes.subarray(28), undefined, "utf8") + cipher.final("utf8");
      } catch {
        return undefined;
      }
    },
  };
}
