import type { z } from "zod";
import type { Fact, FactKind } from "../contract.ts";

/** A subscriber's reaction to one kind of fact. It may run again for the same `factId`: make its effect idempotent. */
export interface Subscription {
  factName: string;
  handle(fact: Fact): Promise<void>;
}

/** Subscribes to a fact by its declaration; the payload is parsed before the handler sees it. */
export function on<S extends z.ZodType>(
  kind: FactKind<S>,
  handle: (payload: z.output<S>, factId: string) => Promise<void>,
): Subscription {
  return { factName: kind.factName, handle: (fact) => handle(kind.schema.parse(fact.payload), fact.id) };
}

/**
 * Carries facts from publishers to subscribers, each at least once. The embedded twin hands a fact over when every
 * local subscriber has finished; JetStream when it has stored it.
 */
export interface Bus {
  /** `subscriber` is the service's name: all its instances share one durable position. */
  subscribe(subscriber: string, subscription: Subscription): void;
  /** Resolves when the bus has taken the fact over; rejects when it could not, and the fact stays with its document. */
  publish(fact: Fact): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}
