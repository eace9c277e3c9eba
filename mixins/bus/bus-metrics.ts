import { gauge } from "../metrics/metrics.ts";
import type { Bus } from "./bus.ts";

const waiting = gauge("facts_waiting", "Facts that a subscriber has still to apply", ["subscriber", "fact"]);
const deadLetters = gauge("facts_dead_letters", "Facts that were set aside", ["subscriber"]);
const unsent = gauge("facts_unsent", "Facts in documents that the bus has not taken over, up to 500 a collection", [
  "publisher",
]);

/** Facts of one service that its relays still hold. */
export interface Backlog {
  publisher: string;
  facts: number;
}

/** Shows how far subscribers and the bus are behind. Every process shows the same of a shared bus. */
export function showBus(bus: Bus, backlogs: () => Backlog[]): () => void {
  const stops = [
    waiting.read(async () =>
      (await bus.lag()).map(({ subscriber, factName: fact, waiting: value }) => ({
        labels: { subscriber, fact },
        value,
      })),
    ),
    deadLetters.read(async () =>
      (await bus.deadLetters.count()).map(({ subscriber, letters: value }) => ({ labels: { subscriber }, value })),
    ),
    unsent.read(() => backlogs().map(({ publisher, facts }) => ({ labels: { publisher }, value: facts }))),
  ];
  return () => stops.forEach((stop) => stop());
}
