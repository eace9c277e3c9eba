import { currentTrace } from "../../../mixins/trace-context.ts";
import type { Exchange, GatewayContext } from "../exchange.ts";

/** Tells the client under which ids its request is known; the trace only if it is recorded. */
export function tellIds(ctx: GatewayContext, { response, requestId }: Exchange): void {
  // moleculer-web has put the id of the trace here.
  response.setHeader("X-Request-Id", requestId);
  if (ctx.tracing) response.setHeader("traceparent", currentTrace()!.traceparent!);
}

/** Names the span of an answered request by its route, for a path would make each one a kind of its own. */
export function describeSpan({ span }: GatewayContext, { request, response, route }: Exchange): void {
  if (!span) return;
  const { statusCode } = response;
  span.type = "server";
  span.name = route ? `${request.method} ${route.path}` : request.method!;
  span.addTags({
    "http.request.method": request.method,
    "http.route": route?.path,
    "http.response.status_code": statusCode,
  });
  if (statusCode >= 500) span.setError(Object.assign(new Error(), { name: String(statusCode) }));
}
