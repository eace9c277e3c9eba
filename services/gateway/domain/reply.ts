import { hash } from "node:crypto";
import type { Failure } from "../../../mixins/failure.ts";
import type { SessionCookies, SessionSecrets } from "../../../mixins/session-cookies.ts";
import { problemOf } from "./problems.ts";
import type { Route } from "./routes.ts";

/** An answer before it is written: everything but what depends on the connection. */
export interface Reply {
  status: number;
  headers: Record<string, string | string[]>;
  /** Empty for none. */
  body: string;
  /** The body is base64; its bytes are written. It stays text until then, because replies are kept as JSON. */
  inBase64?: true;
}

export interface Answered {
  route: Route;
  /** The path that was asked, without a trailing slash. */
  path: string;
  result: unknown;
  /** Status and headers that the handler set. */
  status?: number | undefined;
  headers?: Record<string, string | string[]> | undefined;
  signedIn: boolean;
}

/** The good answer of a route. */
export function goodReply(answered: Answered, cookies: SessionCookies): Reply {
  const { route, result } = answered;
  const other = answered.status !== undefined && route.spec.otherResults?.[answered.status] !== undefined;
  const status = other ? answered.status! : route.status;
  if (status === 204)
    return { status, headers: { ...answered.headers, ...sessionHeaders(answered, cookies) }, body: "" };
  const text = route.spec.produces !== undefined && !other;
  const body = text ? String(result) : JSON.stringify(result);
  const type = text ? withCharset(route.spec.produces!) : "application/json; charset=utf-8";
  const headers = {
    "Content-Type": type,
    "Cache-Control": cacheControl(route, answered.signedIn),
    ...tagHeader(route, result, body, other),
    ...(status === 201 ? locationHeader(answered) : {}),
    ...(other ? {} : sessionHeaders(answered, cookies)),
    ...answered.headers,
  };
  return { status, headers, body, ...(text && route.spec.inBase64 && { inBase64: true }) };
}

/** A refusal as `application/problem+json`; below /v2 also in the form of the Open Inference Protocol. */
export function problemReply(refusal: Failure, requestId: string, path: string): Reply {
  const problem = problemOf(refusal, requestId);
  const { retryAfterSeconds, allow } = (refusal.data ?? {}) as { retryAfterSeconds?: number; allow?: string[] };
  return {
    status: problem.status,
    headers: {
      "Content-Type": "application/problem+json",
      "Cache-Control": "no-store",
      ...(retryAfterSeconds !== undefined ? { "Retry-After": String(Math.ceil(retryAfterSeconds)) } : {}),
      ...(allow ? { Allow: allow.join(", ") } : {}),
      ...(problem.status === 401 ? { "WWW-Authenticate": "Bearer" } : {}),
    },
    body: JSON.stringify(/^\/v2(\/|$)/.test(path) ? { ...problem, error: problem.detail } : problem),
  };
}

const withCharset = (type: string) => (/^text\/|\+xml$/.test(type) ? `${type}; charset=utf-8` : type);

/** Reads are kept by caches only to ask whether they still hold; answers to anything else are not kept. */
const cacheControl = (route: Route, signedIn: boolean) =>
  route.method !== "GET" ? "no-store" : signedIn ? "private, no-cache" : "no-cache";

function tagHeader(route: Route, result: unknown, body: string, other: boolean): Record<string, string> {
  const version = (result as { version?: unknown } | null)?.version;
  const editable = Number.isInteger(version);
  return !other && (route.method === "GET" || editable) ? { ETag: entityTag(body, version) } : {};
}

function locationHeader({ route, path, result }: Answered): Record<string, string> {
  const id = (result as { id?: unknown } | null)?.id;
  return route.hasPages && typeof id === "string" ? { Location: `${path}/${encodeURIComponent(id)}` } : {};
}

function sessionHeaders({ route, result }: Answered, cookies: SessionCookies): Record<string, string[]> {
  if (route.spec.session === "opens") return { "Set-Cookie": cookies.open(result as SessionSecrets) };
  return route.spec.session === "closes" ? { "Set-Cookie": cookies.close() } : {};
}

/**
 * The ETag of a JSON answer: `"<version>-<hash>"` for editable resources, whose `If-Match` compares the version, else
 * a weak hash of the text.
 */
export function entityTag(text: string, version: unknown): string {
  const digest = hash("sha1", text, "base64url").slice(0, 22);
  return Number.isInteger(version) ? `"${String(version)}-${digest}"` : `W/"${digest}"`;
}

/** Whether an `If-None-Match` header names the tag (weak comparison, RFC 9110 §13.1.2). */
export function isUnchanged(ifNoneMatch: string | undefined, tag: string): boolean {
  if (!ifNoneMatch) return false;
  const bare = (text: string) => text.trim().replace(/^W\//, "");
  return ifNoneMatch.trim() === "*" || ifNoneMatch.split(",").some((candidate) => bare(candidate) === bare(tag));
}
