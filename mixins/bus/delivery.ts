import { setTimeout as pause } from "node:timers/promises";
import type { Fact } from "../contract.ts";
import { within } from "../within.ts";
import type { Subscription } from "./bus.ts";
import type { Lane } from "./lane.ts";

/** How often and how patiently a subscriber is given a fact. */
export interface DeliveryRules {
  /** Tries in all before the fact becomes a dead letter. */
  tries: number;
  /** Pause after the first failure; doubles with each further one. */
  firstPauseMs: number;
  /** A handler that takes longer has failed. */
  handlingLimitMs: number;
}

/** One service's handler of one kind of fact. The lane bounds how many of these facts it handles at once. */
export interface Subscriber extends Subscription {
  service: string;
  lane: Lane;
  /** The service has left this process; its facts wait in their documents. */
  away: boolean;
  /** Facts it was offered and has not finished with. */
  waiting: number;
}

/** Gives a fact to one subscriber until it succeeds; rejects with the last error, or at once when the bus stops. */
export async function deliver(subscriber: Subscriber, fact: Fact, rules: DeliveryRules, stopping: AbortSignal) {
  for (let tried = 1; ; tried++) {
    try {
      return await subscriber.lane(() => handle(subscriber, { fact, tried }, rules.handlingLimitMs, stopping));
    } catch (error) {
      stopping.throwIfAborted();
      if (tried >= rules.tries || subscriber.away) throw error;
    }
    // The lane is free during the pause: a fact that keeps failing does not hold up the ones behind it.
    await pause(rules.firstPauseMs * 2 ** (tried - 1), undefined, { signal: stopping });
  }
}

async function handle(
  subscriber: Subscriber,
  { fact, tried }: { fact: Fact; tried: number },
  limitMs: number,
  stopping: AbortSignal,
): Promise<void> {
  stopping.throwIfAborted();
  await within(limitMs, subscriber.handle(fact, tried), `${subscriber.service} on ${fact.name}`);
}
