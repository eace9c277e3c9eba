import { parseCookie, stringifySetCookie } from "cookie";
import { ACCESS_SECONDS } from "./tokens/access-token.ts";

/** How long a session goes on without a refresh; its tokens and its cookies live alike. */
export const REFRESH_SECONDS = 7 * 24 * 60 * 60;

/** What a session consists of, as the answer that opens one carries it. */
export interface SessionSecrets {
  access: string;
  refresh: string;
  csrfToken: string;
}

type CookieName = "access" | "refresh" | "csrf";

/**
 * The one place that knows the names and attributes of the session's cookies. `access` and `refresh` are HttpOnly;
 * `csrf` is readable, so that a page can send it back as `X-CSRF-Token` after a reload. With an https address all are
 * Secure and carry the `__Host-` prefix, which keeps neighbours on other subdomains from setting them.
 */
export function sessionCookies(options: { publicUrl: string }) {
  const secure = new URL(options.publicUrl).protocol === "https:";
  const nameOf = (cookie: string) => (secure ? `__Host-${cookie}` : cookie);
  const setCookie = (cookie: CookieName, value: string, maxAge: number) =>
    stringifySetCookie({
      name: nameOf(cookie),
      value,
      maxAge,
      path: "/",
      sameSite: "lax",
      httpOnly: cookie !== "csrf",
      secure,
    });
  return {
    /** Reads a `Cookie` header; answers the value of a cookie by its plain name (`access`, not `__Host-access`). */
    read(header: string | undefined): (cookie: string) => string | undefined {
      const cookies = header ? parseCookie(header) : {};
      return (cookie) => cookies[nameOf(cookie)] || undefined;
    },
    /** `Set-Cookie` headers that open a session. */
    open: (secrets: SessionSecrets): string[] => [
      setCookie("access", secrets.access, ACCESS_SECONDS),
      setCookie("refresh", secrets.refresh, REFRESH_SECONDS),
      setCookie("csrf", secrets.csrfToken, REFRESH_SECONDS),
    ],
    /** `Set-Cookie` headers that end it. */
    close: (): string[] => (["access", "refresh", "csrf"] as const).map((cookie) => setCookie(cookie, "", 0)),
  };
}
export type SessionCookies = ReturnType<typeof sessionCookies>;
