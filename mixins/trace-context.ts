import { AsyncLocalStorage } from "node:async_hooks";

/** What ties together all that one request causes: it goes from HTTP through calls into facts, logs and traces. */
export interface TraceContext {
  /** `X-Request-Id` of the request where it all began. */
  requestId: string;
  /** W3C `traceparent` of the step that is running. */
  traceparent?: string;
}

const current = new AsyncLocalStorage<TraceContext | undefined>();

/** The trace of the running call or fact; undefined in work that nobody asked for, such as a sweep. */
export const currentTrace = (): TraceContext | undefined => current.getStore();

/** Runs work as a part of that trace, or of none. */
export const withinTrace = <T>(trace: TraceContext | undefined, work: () => T): T => current.run(trace, work);
