import type { IncomingMessage, ServerResponse } from "node:http";
import type { Context } from "moleculer";
import type { CallerMeta } from "../../mixins/answer.ts";
import { writeReply } from "./adapters/reply-writer.ts";
import type { CrossOrigin } from "./domain/cross-origin.ts";
import { requestIdOf } from "./domain/request-head.ts";
import type { Route, RouteTable } from "./domain/routes.ts";
import { OriginNotAllowed } from "./gateway.contract.ts";

/** One request and where its answer goes. */
export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  requestId: string;
  ip: string;
  /** The URL as it came. */
  target: string;
  /** Encoded, without a trailing slash. */
  path: string;
  query: string;
  /** Set once it is known which action the request is for. */
  route?: Route;
}

export type GatewayContext = Context<unknown, CallerMeta & object>;
export type Exchanges = ReturnType<typeof exchanges>;

interface ExchangePorts {
  table: RouteTable;
  origins: CrossOrigin;
  addressOf: (request: IncomingMessage) => string;
  baseHeaders: ReadonlyMap<string, string>;
}

/** How exchanges begin, and how they end when a browser only asks what it may do. */
export function exchanges({ table, origins, addressOf, baseHeaders }: ExchangePorts) {
  /** Starts an exchange: sets what every answer carries, whatever becomes of the request. */
  function open(request: IncomingMessage, response: ServerResponse): Exchange {
    const requestId = requestIdOf(request.headers["x-request-id"]);
    response.setHeaders(baseHeaders as Map<string, string>);
    response.setHeader("X-Request-Id", requestId);
    const { origin, host } = request.headers;
    if (origin !== undefined && origins.allows(origin, host)) {
      for (const [name, value] of Object.entries(origins.answerHeaders(origin))) response.setHeader(name, value);
    }
    return { request, response, requestId, ip: addressOf(request), target: request.url!, path: "", query: "" };
  }

  /** Answers OPTIONS, preflight or not; no action ever runs for it. */
  function answerOptions({ request, response, path }: Exchange): void {
    const methods = table.methodsOf(path);
    if (methods.length === 0) table.match("OPTIONS", path);
    const { origin, host } = request.headers;
    const preflight = origin !== undefined && request.headers["access-control-request-method"] !== undefined;
    if (preflight && !origins.allows(origin, host)) throw OriginNotAllowed();
    const headers = { Allow: methods.join(", "), ...(preflight ? origins.preflightHeaders(methods) : {}) };
    writeReply(request, response, { status: 204, headers, body: "" });
  }

  return { open, answerOptions };
}
