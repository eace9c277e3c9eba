import { createHmac, hkdfSync } from "node:crypto";

/**
 * What a browser session sends as `X-CSRF-Token`: bound to the session, the same for its whole life, known to whoever
 * has the secret. Its key is kept apart from other uses of the same secret (RFC 5869).
 */
export function csrfTokens(secret: string): (sessionId: string) => string {
  const key = Buffer.from(hkdfSync("sha256", secret, "", "csrf 1", 32));
  return (sessionId) => createHmac("sha256", key).update(sessionId).digest("base64url");
}
