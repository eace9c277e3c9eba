import { once } from "node:events";
import { STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Server as TcpServer } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import type { Service } from "moleculer";
import ApiGateway from "moleculer-web";
import type { Failure } from "../../../mixins/failure.ts";
import { rootOfTrace } from "../../../mixins/tracing/trace-root.ts";
import { problemReply } from "../domain/reply.ts";
import { requestIdOf } from "../domain/request-head.ts";
import type { Edge } from "../edge.ts";
import type { Exchange, GatewayContext } from "../exchange.ts";
import { countRequest, countUnreadable } from "../gateway.metrics.ts";
import { describeSpan, tellIds } from "./request-trace.ts";
import { HeadersTooLarge, MalformedRequest, MalformedUrl, RequestTimeout } from "../gateway.contract.ts";

/** How long a stop waits for sockets that do not finish by themselves. */
const DRAIN_MS = 5000;
/** How long kept connections have after the listener closed to bring one more request and be told to close. */
const LINGER_MS = 500;

/** What moleculer-web's mixin adds to a service. */
type WebService = Service & { server: Server; routes: unknown[] };
type WebRequest = IncomingMessage & { exchange: Exchange };

/**
 * moleculer-web with the patches that its behaviour asks for. It keeps the server, the root action with its context
 * and trace, and the lifecycle. Replaced are: matching (it has no 405 and no HEAD, and runs actions for OPTIONS), the
 * query parser (nested objects), the endpoint pinned before the call (it defeats sharding and failover), and error
 * answers (they leak). Nothing but the contracts' routes can be reached: the only route has no aliases and is strict.
 */
export function webServer(edge: () => Edge) {
  return {
    name: "gateway",
    edge: true,
    mixins: [ApiGateway],
    settings: {
      $secureSettings: ["routes", "rootCallOptions"],
      logRequest: null,
      logResponse: null,
      logRequestParams: null,
      logRouteRegistration: null,
      requestTimeout: 30_000,
      rootCallOptions: (options: object, { exchange }: WebRequest) =>
        void Object.assign(options, rootOfTrace(exchange.request.headers.traceparent, exchange.requestId)),
      routes: [{ path: "/", bodyParsers: false, mappingPolicy: "restrict", aliases: {} }],
    },
    // Each call below has the deadline of its contract; the request itself ends with them.
    actions: { listAliases: false, addRoute: false, removeRoute: false, rest: { timeout: 0 } },
    methods: {
      httpHandler(this: WebService, request: WebRequest, response: ServerResponse) {
        request.exchange = edge().open(request, response);
        countRequest(request.exchange);
        if (!this.server.listening) response.setHeader("Connection", "close");
        return ApiGateway.methods!.httpHandler!.call(this, request, response);
      },
      parseQueryString: (request: WebRequest) => ({ url: request.url, query: {} }),
      resolveAlias(this: WebService) {
        return { alias: { route: this.routes[0] } };
      },
      async routeHandler(ctx: GatewayContext, _route: unknown, { exchange }: WebRequest) {
        tellIds(ctx, exchange);
        await edge()
          .answer(exchange, ctx)
          .catch((error: unknown) => edge().refuse(exchange, error));
        describeSpan(ctx, exchange);
        return true;
      },
      errorHandler: ({ exchange }: WebRequest, _response: ServerResponse, error: unknown) =>
        edge().refuse(exchange, error),
    },
    created(this: Service) {
      const { server } = this as WebService;
      server.keepAliveTimeout = 65_000;
      server.headersTimeout = 15_000;
      server.on("clientError", refuseRawly);
      // Before Moleculer waits for running calls: no further connections shall come. HTTP's own close would cut off at
      // once those that have not sent anything yet.
      this.broker.middlewares.add({
        serviceStopping: async (service: Service) => {
          if (service !== this || !server.listening) return;
          TcpServer.prototype.close.call(server);
          await pause(LINGER_MS);
        },
      });
    },
    async stopped(this: Service) {
      const { server } = this as WebService;
      const idle = setInterval(() => server.closeIdleConnections(), 20);
      const late = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
      if (await isOpen(server)) await once(server, "close");
      clearInterval(idle);
      clearTimeout(late);
      server.close();
    },
  };
}

const isOpen = (server: Server) =>
  new Promise<boolean>((resolve) => server.getConnections((_error, count) => resolve(server.listening || count > 0)));

const UNREADABLE: Record<string, () => Failure> = {
  HPE_HEADER_OVERFLOW: () => HeadersTooLarge(),
  HPE_INVALID_URL: () => MalformedUrl({ detail: "Characters beyond ASCII must be percent-encoded in the URL" }),
  ERR_HTTP_REQUEST_TIMEOUT: () => RequestTimeout(),
};

/** Requests that Node cannot parse get a problem, too. */
function refuseRawly(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  countUnreadable();
  const refusal = (UNREADABLE[error.code ?? ""] ?? MalformedRequest)();
  const requestId = requestIdOf(undefined);
  const { status, headers, body } = problemReply(refusal, requestId, "");
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `X-Request-Id: ${requestId}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}`),
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
  ];
  socket.end(`${lines.join("\r\n")}\r\n\r\n${body}`);
}
