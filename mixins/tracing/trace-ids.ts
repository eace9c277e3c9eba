import { hash } from "node:crypto";

/** A step of a trace as others may continue it. */
export interface TraceStep {
  /** 32 lower-case hexadecimal digits. */
  traceId: string;
  /** 16 lower-case hexadecimal digits. */
  spanId: string;
  /** Whether the trace is recorded. */
  sampled: boolean;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;
const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/;
const ZEROS = /^0+$/;

/**
 * Reads a `traceparent` (W3C Trace Context, §3.2); undefined when it is malformed and so to be ignored. Of versions to
 * come only what version 00 has is read.
 */
export function readTraceparent(text: unknown): TraceStep | undefined {
  const [, version, traceId, spanId, flags, more] = (typeof text === "string" && TRACEPARENT.exec(text)) || [];
  if (!traceId || !spanId || version === "ff" || (version === "00" && more !== undefined)) return undefined;
  if (ZEROS.test(traceId) || ZEROS.test(spanId)) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags!, 16) & 1) === 1 };
}

export const traceparentOf = ({ traceId, spanId, sampled }: TraceStep): string =>
  `00-${traceId}-${spanId}-${sampled ? "01" : "00"}`;

/** The trace id of a request id: the digits of a UUID; any other text but a trace id is hashed. */
export function traceIdOf(requestId: string): string {
  if (TRACE_ID.test(requestId)) return requestId;
  if (UUID.test(requestId)) return requestId.replaceAll("-", "");
  return hash("sha256", requestId).slice(0, 32);
}

/** The span id of a call's id: the first half of a UUID; any other text but a span id is hashed. */
export function spanIdOf(callId: string): string {
  if (callId.length === 36 && UUID.test(callId)) return callId.slice(0, 8) + callId.slice(9, 13) + callId.slice(14, 18);
  return /^[0-9a-f]{16}$/.test(callId) ? callId : hash("sha256", callId).slice(0, 16);
}

/** Digits at the end of a trace id that are random even when it was a UUID. */
const RANDOM_DIGITS = 13;

/** Whether a trace is among the share that is recorded; the same on every node. */
export const isInShare = (traceId: string, share: number): boolean =>
  Number.parseInt(traceId.slice(-RANDOM_DIGITS), 16) < share * 16 ** RANDOM_DIGITS;
