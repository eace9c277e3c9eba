import type { ServiceBroker } from "moleculer";
import type { Fact } from "../contract.ts";
import { withinTrace } from "../trace-context.ts";
import { readTraceparent, spanIdOf, traceparentOf, type TraceStep } from "./trace-ids.ts";

/** One try to hand a fact to a subscriber. */
export interface Delivery {
  fact: Fact;
  subscriber: string;
  /** How often it was handed over, this time included. */
  tries?: number | undefined;
}

/**
 * Runs a subscriber's handler within the trace of the request that caused the fact, or within none when nobody asked
 * for it; each try is a span of its own.
 */
export function withinFactTrace(broker: ServiceBroker, delivery: Delivery, handle: () => Promise<void>): Promise<void> {
  const { trace } = delivery.fact;
  const origin = readTraceparent(trace?.traceparent);
  if (!trace || !origin) return withinTrace(trace, handle);
  const id = broker.generateUid();
  const traceparent = traceparentOf({ ...origin, spanId: spanIdOf(id) });
  const isRecorded = origin.sampled && broker.isTracingEnabled();
  return withinTrace({ ...trace, traceparent }, () =>
    isRecorded ? recorded(broker, delivery, { ...origin, id }, handle) : handle(),
  );
}

async function recorded(
  broker: ServiceBroker,
  { fact, subscriber, tries = 1 }: Delivery,
  { traceId, spanId, id }: TraceStep & { id: string },
  handle: () => Promise<void>,
): Promise<void> {
  const span = broker.tracer.startSpan(`process ${fact.name}`, {
    ...{ id, traceID: traceId, parentID: spanId, type: "consumer", sampled: true, service: subscriber },
    tags: { "messaging.destination.name": fact.name, "messaging.message.id": fact.id, delivery: tries },
  });
  try {
    await handle();
  } catch (error) {
    span.setError(error as Error);
    throw error;
  } finally {
    span.finish();
  }
}
