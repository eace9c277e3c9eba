import type { IncomingMessage } from "node:http";
import type { ServiceBroker } from "moleculer";
import { requireAuth } from "../../mixins/answer.ts";
import { attemptTimeoutMs, deadlineMs, takesBody } from "../../mixins/contract.ts";
import type { SessionCookies } from "../../mixins/session-cookies.ts";
import { addressKey } from "./adapters/client-address.ts";
import type { Callers } from "./adapters/caller.ts";
import { jsonBody } from "./adapters/json-body.ts";
import type { RateLimits } from "./adapters/rate-limits.ts";
import { writeReply } from "./adapters/reply-writer.ts";
import { parameterReader, type Parameters } from "./domain/parameters.ts";
import { isOurFault, refusalOf } from "./domain/problems.ts";
import { goodReply, problemReply, type Reply } from "./domain/reply.ts";
import { splitTarget } from "./domain/request-head.ts";
import type { KeysOfRequest } from "./request-keys.ts";
import type { Route, RouteMatch, RouteTable } from "./domain/routes.ts";
import type { Exchange, Exchanges, GatewayContext } from "./exchange.ts";
import { rateLimited } from "./gateway.metrics.ts";
import type { Once } from "./once.ts";

export interface EdgePorts {
  table: RouteTable;
  exchanges: Exchanges;
  callers: Callers;
  cookies: SessionCookies;
  limits: RateLimits;
  once: Once;
  keysOfRequest: KeysOfRequest;
  /** Files that stand at a path without being an action. */
  files: (path: string) => Reply | undefined;
  logger: ServiceBroker["logger"];
}

const READS = new Set(["GET", "HEAD"]);

export type Edge = ReturnType<typeof edge>;

/**
 * The way of a request through the gateway: who calls, are they within limits, what do they ask; then the action by its
 * name, and its answer or problem in HTTP.
 */
export function edge(ports: EdgePorts) {
  const { table, callers, cookies, limits, once, exchanges } = ports;
  const readers = new Map(table.routes.map((route) => [route, parameterReader(route)]));
  const bodies = new Map(table.routes.map((route) => [route, jsonBody(route.spec.maxBodyBytes)]));

  async function answer(exchange: Exchange, ctx: GatewayContext): Promise<void> {
    const { request, response } = exchange;
    Object.assign(exchange, splitTarget(exchange.target));
    if (request.method === "OPTIONS") return exchanges.answerOptions(exchange);
    const file = READS.has(request.method!) ? ports.files(exchange.path) : undefined;
    if (file) return writeReply(request, response, file);
    const match = table.match(request.method!, exchange.path);
    exchange.route = match.route;
    await admit(exchange, match.route, ctx);
    const parameters = await read(exchange, match);
    if (parameters.fromCookie) callers.requireCsrfToken(request);
    const key = request.method === "POST" ? request.headers["idempotency-key"] : undefined;
    const reply =
      typeof key === "string"
        ? await answerOnce(exchange, match.route, ctx, parameters, key)
        : await callAction(exchange, match.route, ctx, parameters);
    writeReply(request, response, reply);
  }

  /** Throws 401, 403 or 429 before anything of the body is read; else the context says who calls. */
  async function admit({ request, response, requestId, ip }: Exchange, route: Route, ctx: GatewayContext) {
    const caller = await callers.identify(request, route);
    const limit = await limits.take({ address: addressKey(ip), accountId: caller.accountId }, route);
    response.setHeaders(new Map(Object.entries(limit.headers)));
    if (limit.exceeded) {
      rateLimited.add({ route: route.path });
      throw limit.exceeded;
    }
    if (caller.refusal) throw caller.refusal;
    requireAuth(route.spec.auth, caller);
    const userAgent = String(request.headers["user-agent"] ?? "").slice(0, 200);
    Object.assign(ctx.meta, caller, { requestId, ip, userAgent });
  }

  async function read(exchange: Exchange, { route, pathParams }: RouteMatch): Promise<Parameters> {
    const { request, response, query } = exchange;
    const body = takesBody(route.method) ? await bodies.get(route)!(request, response) : undefined;
    return readers.get(route)!({
      pathParams,
      query,
      body,
      header: (name) => headerOf(request, name),
      cookie: cookies.read(request.headers.cookie),
    });
  }

  async function callAction({ path }: Exchange, route: Route, ctx: GatewayContext, { params }: Parameters) {
    const result: unknown = await ctx.call(route.action, params, { timeout: attemptTimeoutMs(route.spec) });
    const { $statusCode: status, $responseHeaders: headers, accountId } = ctx.meta;
    return goodReply({ route, path, result, status, headers, signedIn: accountId !== undefined }, cookies);
  }

  /**
   * A key belongs to the account or, without one, to the address and the user agent; an answer comes again only to who
   * repeats the whole request. Problems that another proof or time would not mend are answers like any other.
   */
  function answerOnce(exchange: Exchange, route: Route, ctx: GatewayContext, parameters: Parameters, key: string) {
    const caller = ctx.meta.accountId ?? `${exchange.ip} ${ctx.meta.userAgent ?? ""}`;
    const asked = [exchange.path, exchange.query, parameters.params];
    const keys = ports.keysOfRequest(key, caller, route.action, asked);
    const call = async (onceKey: string): Promise<Reply> => {
      ctx.meta.onceKey = onceKey;
      try {
        return await callAction(exchange, route, ctx, parameters);
      } catch (error) {
        return refusal(exchange, error);
      }
    };
    return once.answer(keys, {
      deadlineMs: deadlineMs(route.spec),
      isSignedIn: ctx.meta.accountId !== undefined,
      call,
    });
  }

  /** The problem answer of an error; what is our fault goes to the log with the request id, and not to the client. */
  function refusal({ request, requestId, path, route }: Exchange, error: unknown): Reply {
    const refused = refusalOf(error, route?.service ?? "gateway");
    if (isOurFault(refused)) ports.logger.error(`${request.method} ${path} failed, request ${requestId}:`, error);
    return problemReply(refused, requestId, path);
  }

  const refuse = (exchange: Exchange, error: unknown) =>
    writeReply(exchange.request, exchange.response, refusal(exchange, error));

  return { open: exchanges.open, answer, refuse };
}

const headerOf = (request: IncomingMessage, name: string): string | undefined => {
  const value = request.headers[name.toLowerCase()];
  return Array.isArray(value) ? value.join(", ") : value;
};
