import { InvalidInput } from "../../mixins/failure.ts";
import { keyedDigest } from "../../mixins/keyed-digest.ts";
import { sealing } from "../../mixins/sealing.ts";

/** What a keyed request is known by. Nothing of it can be read back, nor tried out by who reads the store. */
export interface RequestKeys {
  /** Names the record: caller, route and key. */
  slot: string;
  /** Tells whether it is the same request. */
  fingerprint: string;
  seal(answer: string): string;
  /** Undefined when the sealed text was made by another request. */
  unseal(sealed: string): string | undefined;
}

/** Throws 422 for a key that is not 1 to 128 visible ASCII characters. */
export type KeysOfRequest = (key: string, caller: string, route: string, request: unknown) => RequestKeys;

const VISIBLE_ASCII = /^[\x21-\x7e]{1,128}$/;

/**
 * Derives all from the Idempotency-Key and the request, under the server's secret: keys may be easy to guess, and
 * requests have passwords in them. Answers may hold tokens, so they are kept encrypted, and only the same request opens
 * them. Under another secret every request is new.
 */
export function requestKeys(secret: string): KeysOfRequest {
  const digest = keyedDigest(secret, "once 1");
  return (key, caller, route, request) => {
    if (!VISIBLE_ASCII.test(key)) {
      throw InvalidInput({ errors: [{ path: "Idempotency-Key", message: "1 to 128 visible ASCII characters" }] });
    }
    const derive = (purpose: string, ...parts: unknown[]) => digest(JSON.stringify([purpose, caller, key, ...parts]));
    const fingerprint = derive("fingerprint", request);
    const { seal, unseal } = sealing(derive("seal", request), "answer");
    return {
      slot: derive("slot", route),
      fingerprint,
      seal: (answer) => seal(answer, fingerprint),
      unseal: (sealed) => unseal(sealed, fingerprint),
    };
  };
}
