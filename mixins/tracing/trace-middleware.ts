import type { Context, Middleware, Service, ServiceBroker, Span } from "moleculer";
import { currentTrace, withinTrace } from "../trace-context.ts";
import { isInShare, readTraceparent, spanIdOf, traceIdOf, traceparentOf, type TraceStep } from "./trace-ids.ts";

type TracedMeta = { requestId?: string };
type TracedContext = Context<unknown, TracedMeta & object>;
/** A call as the broker hands it to middlewares. */
type Call = (action: string, params: unknown, options?: CallOptions) => Promise<unknown>;
interface CallOptions {
  parentCtx?: unknown;
  ctx?: unknown;
  requestID?: string;
  parentSpan?: Span;
  meta?: object;
}

/**
 * Runs every action within its trace (`currentTrace`), continues it in calls that are made through the broker instead
 * of a context, and records a span per action when the trace is sampled. Stands where Moleculer's own "Tracing" would,
 * which makes its spans, with all parameters in them, before it knows whether anybody wants them.
 * @param share of the traces that are recorded unless their origin has decided, 0 to 1
 */
export function traceMiddleware({ share }: { share: number }): Middleware {
  const middleware: Middleware & ThisType<ServiceBroker> = {
    name: "Trace",
    localAction(next, action) {
      if (action.name!.startsWith("$")) return next;
      const records = this.isTracingEnabled();
      return function (this: Service, ctx: TracedContext) {
        const traceId = traceIdOf(ctx.requestID!);
        if (records) ctx.tracing ??= isInShare(traceId, share);
        const sampled = ctx.tracing === true;
        const traceparent = traceparentOf({ traceId, spanId: spanIdOf(ctx.id), sampled });
        const run = () => next.call(this, ctx);
        return withinTrace({ requestId: ctx.meta.requestId ?? ctx.requestID!, traceparent }, () =>
          records && sampled ? recorded(ctx, run) : run(),
        );
      };
    },
    // The declared type is that of a call's result; a middleware answers another way to call.
    call: ((next: Call) => continued(next)) as unknown as NonNullable<Middleware["call"]>,
  };
  return middleware;
}

async function recorded(ctx: TracedContext, run: () => unknown): Promise<unknown> {
  const span = ctx.startSpan(ctx.action!.name!, {
    ...{ id: ctx.id, traceID: ctx.requestID!, parentID: ctx.parentID, type: "action", sampled: true },
    service: ctx.service!,
    tags: { action: ctx.action!.name, callerNode: ctx.nodeID, level: ctx.level },
  });
  try {
    return await run();
  } catch (error) {
    span.setError(error as Error);
    throw error;
  } finally {
    if (ctx.cachedResult) span.addTags({ cached: true });
    ctx.finishSpan(span);
  }
}

/** A call through the broker out of work that belongs to a trace belongs to it, too. */
function continued(next: Call): Call {
  return function (this: unknown, action, params, options) {
    const trace = options?.parentCtx || options?.ctx || options?.requestID ? undefined : currentTrace();
    const step = trace && readTraceparent(trace.traceparent);
    if (!step) return next.call(this, action, params, options);
    const meta = { requestId: trace.requestId, ...options?.meta };
    return next.call(this, action, params, { parentSpan: parentSpan(step), ...options, meta });
  };
}

/** A step of a trace as the parent of a call. */
export const parentSpan = ({ traceId, spanId, sampled }: TraceStep): Span =>
  ({ traceID: traceId, id: spanId, sampled }) as Span;
