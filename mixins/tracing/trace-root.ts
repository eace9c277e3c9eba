import type { CallingOptions } from "moleculer";
import { parentSpan } from "./trace-middleware.ts";
import { readTraceparent, traceIdOf } from "./trace-ids.ts";

/**
 * The options of the first call for a request from outside: it continues the caller's trace, whose decision about
 * recording holds, or begins one with an id that follows from the request's.
 */
export function rootOfTrace(traceparent: unknown, requestId: string): CallingOptions {
  const step = readTraceparent(traceparent);
  const parent = step && { parentSpan: parentSpan(step) };
  return { requestID: step?.traceId ?? traceIdOf(requestId), meta: { requestId }, ...parent };
}
