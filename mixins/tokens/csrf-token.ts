import { keyedDigest, type KeyedDigest } from "../keyed-digest.ts";

/**
 * What a browser session sends as `X-CSRF-Token`, by its id: bound to the session, the same for its whole life, known to
 * whoever has the secret.
 */
export const csrfTokens = (secret: string): KeyedDigest => keyedDigest(secret, "csrf 1");
