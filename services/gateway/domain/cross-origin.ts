/** Which pages of other origins may read answers, and what they may send. */
export interface CrossOrigin {
  allows(origin: string, host: string | undefined): boolean;
  /** Headers of every answer to a page of an allowed origin. */
  answerHeaders(origin: string): Record<string, string>;
  /** Headers of the answer to a preflight of an allowed origin. */
  preflightHeaders(methods: readonly string[]): Record<string, string>;
}

const SENT =
  "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-CSRF-Token, X-Request-Id, traceparent";
const READ =
  "ETag, Location, Retry-After, X-Request-Id, traceparent, Idempotency-Replayed, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset";

/**
 * CORS by an explicit set: an origin is compared as a whole, never as a pattern. The market's own address and the host
 * that the request was sent to count as same origin; where the market is reached by https, only pages of https do: one
 * that came over a line that anybody may write on must not read answers with a browser's cookies.
 */
export function crossOrigin(origins: readonly string[], publicUrl: string): CrossOrigin {
  const own = new URL(publicUrl);
  const allowed = new Set([...origins, own.origin]);
  /** Proxies end TLS, so that the request itself does not tell its scheme. */
  const schemes = own.protocol === "https:" ? ["https:"] : ["https:", "http:"];
  const isOwnHost = (origin: string, host: string) =>
    URL.canParse(origin) && new URL(origin).host === host && schemes.includes(new URL(origin).protocol);
  return {
    allows: (origin, host) => allowed.has(origin) || (host !== undefined && isOwnHost(origin, host)),
    answerHeaders: (origin) => ({
      "Access-Control-Allow-Origin": origin,
      "Access-Control-Allow-Credentials": "true",
      "Access-Control-Expose-Headers": READ,
    }),
    preflightHeaders: (methods) => ({
      "Access-Control-Allow-Methods": methods.join(", "),
      "Access-Control-Allow-Headers": SENT,
      "Access-Control-Max-Age": "600",
    }),
  };
}
