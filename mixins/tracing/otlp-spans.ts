import type { Span } from "moleculer";
import { codeOf } from "../failure.ts";
import { spanIdOf, traceIdOf } from "./trace-ids.ts";

interface Attribute {
  key: string;
  value: { stringValue: string } | { intValue: string } | { boolValue: boolean };
}

/** What the spans of one process have in common. */
export interface Origin {
  /** Name space of the services. */
  cluster: string;
  node: string;
  version: string;
}

const SPAN_KINDS: Readonly<Record<string, number>> = { internal: 1, server: 2, consumer: 5 };
const STATUS_ERROR = 2;

/** Spans as the body of an OTLP/HTTP request (opentelemetry.io/docs/specs/otlp, JSON encoding), grouped by service. */
export function otlpBody(spans: readonly ToldSpan[], { cluster, node, version }: Origin) {
  const byService = Map.groupBy(spans, ({ service }) => service ?? cluster);
  const resourceSpans = [...byService].map(([service, own]) => ({
    resource: {
      attributes: attributesOf({
        "service.name": service,
        "service.namespace": cluster,
        "service.instance.id": node,
        "service.version": version,
      }),
    },
    scopeSpans: [{ scope: { name: cluster, version }, spans: own.map(({ told }) => told) }],
  }));
  return { resourceSpans };
}

/** A finished span in OTLP's form; what it was made from (the call with all its parameters) can be forgotten. */
export interface ToldSpan {
  service: string | undefined;
  told: object;
}

export function toldSpan(span: Span): ToldSpan {
  return { service: span.service?.name, told: otlpSpan(span) };
}

function otlpSpan(span: Span) {
  const { parentID, startTime, finishTime, error, tags } = span;
  return {
    traceId: traceIdOf(span.traceID),
    spanId: spanIdOf(span.id),
    ...(parentID && { parentSpanId: spanIdOf(parentID) }),
    name: span.name,
    kind: SPAN_KINDS[span.type] ?? SPAN_KINDS.internal,
    startTimeUnixNano: nanoseconds(startTime!),
    endTimeUnixNano: nanoseconds(finishTime!),
    attributes: attributesOf({ ...tags, ...(error && { "error.type": codeOf(error) }) }),
    ...(error && isOurFault(error) && { status: { code: STATUS_ERROR, message: codeOf(error) } }),
  };
}

/** Milliseconds with fractions as whole nanoseconds; as text, for they are beyond what a number holds exactly. */
const nanoseconds = (ms: number): string => `${Math.floor(ms)}${String(Math.floor((ms % 1) * 1e6)).padStart(6, "0")}`;

function attributesOf(values: Readonly<Record<string, unknown>>): Attribute[] {
  const told = Object.entries(values).filter(([, value]) => value !== undefined && value !== null);
  return told.map(([key, value]) => ({ key, value: valueOf(value) }));
}

function valueOf(value: unknown): Attribute["value"] {
  if (typeof value === "boolean") return { boolValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { stringValue: String(value) };
}

/** What a caller did wrong is no error of the one who says so. */
function isOurFault(error: Error | boolean): boolean {
  const { code } = error as { code?: unknown };
  return !(typeof code === "number" && code >= 400 && code < 500);
}
