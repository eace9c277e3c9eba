import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { AccessTokens } from "../../../mixins/access-token.ts";
import { Unauthenticated, type Failure } from "../../../mixins/failure.ts";
import type { SessionCookies } from "../../../mixins/session-cookies.ts";
import { CsrfTokenInvalid } from "../gateway.contract.ts";
import type { Route } from "../domain/routes.ts";

/** Who sends a request, as far as its credentials are good. */
export interface Caller {
  accountId?: string;
  roles?: string[];
  sessionId?: string;
  /** The credentials were given and are not good; the request fails with this once it is counted. */
  refusal?: Failure;
}

const SAFE = new Set(["GET", "HEAD"]);

/**
 * Reads who calls: a Bearer token (a bad one is refused), else the `access` cookie (a stale one counts as nobody).
 * A cookie travels by itself, so with an unsafe method it only counts together with the session's CSRF token: without
 * it a public route sees nobody, and any other route refuses.
 */
export function callers(tokens: AccessTokens, cookies: SessionCookies) {
  return {
    async identify(request: IncomingMessage, route: Route): Promise<Caller> {
      const { authorization } = request.headers;
      if (authorization !== undefined) {
        const [, token] = /^Bearer +([\w.-]+) *$/i.exec(authorization) ?? [];
        return (
          (token && (await tokens.verify(token))) || {
            refusal: Unauthenticated({ detail: "The access token is not valid" }),
          }
        );
      }
      const access = cookies.read(request.headers.cookie)("access");
      const claims = access ? await tokens.verify(access) : undefined;
      if (!claims) return {};
      if (SAFE.has(request.method!) || sends(request, tokens.csrfToken(claims.sessionId))) return claims;
      return route.spec.auth === "public" ? {} : { refusal: CsrfTokenInvalid() };
    },

    /** Throws 403 when a parameter came from a cookie without the CSRF token that was set with it. */
    requireCsrfToken(request: IncomingMessage): void {
      const token = cookies.read(request.headers.cookie)("csrf");
      if (!token || !sends(request, token)) throw CsrfTokenInvalid();
    },
  };
}
export type Callers = ReturnType<typeof callers>;

function sends(request: IncomingMessage, token: string): boolean {
  const sent = Buffer.from(String(request.headers["x-csrf-token"] ?? ""));
  const expected = Buffer.from(token);
  return sent.length === expected.length && timingSafeEqual(sent, expected);
}
