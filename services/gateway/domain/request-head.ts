import { randomUUID } from "node:crypto";
import { MalformedUrl } from "../gateway.contract.ts";

const SANE_ID = /^[A-Za-z0-9._-]{8,64}$/;

/** The client's request id when it is a sane token, else a fresh one. */
export const requestIdOf = (header: string | string[] | undefined): string =>
  typeof header === "string" && SANE_ID.test(header) ? header : randomUUID();

/** Path (without a trailing slash) and query of a request target. Both stay encoded. Throws 400 for what is no URL. */
export function splitTarget(target: string): { path: string; query: string } {
  const url = target.startsWith("/") ? target : pathOfAbsolute(target);
  const mark = url.indexOf("?");
  const path = mark < 0 ? url : url.slice(0, mark);
  return {
    path: path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path,
    query: mark < 0 ? "" : url.slice(mark + 1),
  };
}

/** `GET http://host/path` is proper HTTP, too (RFC 9112 §3.2.2). */
function pathOfAbsolute(target: string): string {
  if (!/^https?:\/\//i.test(target) || !URL.canParse(target)) throw MalformedUrl();
  const { pathname, search } = new URL(target);
  return pathname + search;
}
