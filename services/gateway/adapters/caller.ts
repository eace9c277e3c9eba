import type { IncomingMessage } from "node:http";
import { Unauthenticated, type Failure } from "../../../mixins/failure.ts";
import type { SessionCookies } from "../../../mixins/session-cookies.ts";
import type { AccessClaims } from "../../../mixins/tokens/access-token.ts";
import { KeysUnknown, type AccessVerifier } from "../../../mixins/tokens/access-verifier.ts";
import { isSameText } from "../../../mixins/same-text.ts";
import { AccountsUnavailable, CsrfTokenInvalid } from "../gateway.contract.ts";
import type { Route } from "../domain/routes.ts";

/** Who sends a request, as far as its credentials are good. */
export interface Caller extends Partial<AccessClaims> {
  /** The credentials were given and are not good; the request fails with this once it is counted. */
  refusal?: Failure;
}

interface CallerPorts {
  verifier: AccessVerifier;
  csrfToken(sessionId: string): string;
  cookies: SessionCookies;
}

const SAFE = new Set(["GET", "HEAD"]);

/**
 * Reads who calls: a Bearer token (a bad one is refused), else the `access` cookie (a stale one counts as nobody).
 * A cookie travels by itself, so with an unsafe method it only counts together with the session's CSRF token: without
 * it a public route sees nobody, and any other route refuses. Credentials that cannot be checked yet are 503, never
 * 401, which would make clients throw away good ones.
 */
export function callers({ verifier, csrfToken, cookies }: CallerPorts) {
  async function byHeader(authorization: string): Promise<Caller> {
    const [, token] = /^Bearer +([\w.-]+) *$/i.exec(authorization) ?? [];
    const claims = token && (await claimsOf(verifier, token));
    if (claims === "unknown") return { refusal: AccountsUnavailable() };
    return claims || { refusal: Unauthenticated({ detail: "The access token is not valid" }) };
  }

  async function byCookie(request: IncomingMessage, access: string, isPublic: boolean): Promise<Caller> {
    const claims = await claimsOf(verifier, access);
    if (claims === "unknown") return isPublic ? {} : { refusal: AccountsUnavailable() };
    if (!claims || SAFE.has(request.method!) || sends(request, csrfToken(claims.sessionId))) return claims ?? {};
    return isPublic ? {} : { refusal: CsrfTokenInvalid() };
  }

  return {
    async identify(request: IncomingMessage, route: Route): Promise<Caller> {
      const { authorization, cookie } = request.headers;
      if (authorization !== undefined) return byHeader(authorization);
      const access = cookies.read(cookie)("access");
      return access ? byCookie(request, access, route.spec.auth === "public") : {};
    },

    /** Throws 403 when a parameter came from a cookie without the CSRF token that was set with it. */
    requireCsrfToken(request: IncomingMessage): void {
      const token = cookies.read(request.headers.cookie)("csrf");
      if (!token || !sends(request, token)) throw CsrfTokenInvalid();
    },
  };
}
export type Callers = ReturnType<typeof callers>;

/** What other services may know of a good token; `unknown` while no token can be checked. */
async function claimsOf(verifier: AccessVerifier, token: string): Promise<AccessClaims | undefined | "unknown"> {
  try {
    const good = await verifier.verify(token);
    return good && { accountId: good.accountId, roles: good.roles, sessionId: good.sessionId };
  } catch (error) {
    if (error instanceof KeysUnknown) return "unknown";
    throw error;
  }
}

function sends(request: IncomingMessage, token: string): boolean {
  return isSameText(token, String(request.headers["x-csrf-token"] ?? ""));
}
