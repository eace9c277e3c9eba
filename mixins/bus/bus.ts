import type { z } from "zod";
import type { Fact, FactKind } from "../contract.ts";

/** A subscriber's reaction to one kind of fact. It may run again for the same `factId`: make its effect idempotent. */
export interface Subscription {
  factName: string;
  /** Facts of this kind carry a key, and those of one key come one after the other. */
  ordered?: boolean;
  /** @param tries how often this subscriber was given the fact, this time included; 1 when not told */
  handle(fact: Fact, tries?: number): Promise<void>;
}

/** Subscribes to a fact by its declaration; the payload is parsed before the handler sees it. */
export function on<S extends z.ZodType>(
  kind: FactKind<S>,
  handle: (payload: z.output<S>, factId: string) => Promise<void>,
): Subscription {
  const { factName, ordered } = kind;
  return { factName, ordered, handle: async (fact) => handle(kind.schema.parse(fact.payload), fact.id) };
}

/** A fact that one subscriber could not apply, set aside after the last try for an operator to look at. */
export interface DeadLetter {
  id: string;
  subscriber: string;
  fact: Fact;
  /** Why the last try failed. */
  reason: string;
}

/** Facts of one kind that a subscriber has still to apply, those being tried again among them. */
export interface Lag {
  subscriber: string;
  factName: string;
  waiting: number;
}

export interface DeadLetters {
  /** Oldest first. */
  list(limit: number): Promise<DeadLetter[]>;
  /** How many each subscriber has; those without any may be left out. */
  count(): Promise<{ subscriber: string; letters: number }[]>;
  /**
   * Gives the fact to its subscriber once more, and to nobody else; the letter is gone when that succeeds and stays when
   * it fails. Rejects with the reason, when no process runs the subscriber, and when there is no such letter.
   */
  replay(id: string): Promise<void>;
  /** Rejects when there is no such letter. */
  drop(id: string): Promise<void>;
}

/**
 * Carries facts from publishers to subscribers, each at least once. The embedded twin hands a fact over when every
 * local subscriber has finished; JetStream when it has stored it.
 */
export interface Bus {
  /**
   * `subscriber` is the service's name: all its instances share one durable position. A service has one handler per
   * fact; subscribing again replaces it. Call the result when the service leaves this process: its facts then wait for
   * its return.
   */
  subscribe(subscriber: string, subscription: Subscription): () => void;
  /** Resolves when the bus has taken the fact over; rejects when it could not, and the fact stays with its document. */
  publish(fact: Fact): Promise<void>;
  readonly deadLetters: DeadLetters;
  /** How far each subscriber is behind, over all its instances. */
  lag(): Promise<Lag[]>;
  start(): Promise<void>;
  /** Waits (bounded) for running handlers; afterwards every `publish` has settled. */
  stop(): Promise<void>;
}
