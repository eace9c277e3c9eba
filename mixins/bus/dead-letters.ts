import type { Fact } from "../contract.ts";
import { DuplicateKey, type Collection, type CollectionDefinition, type Filter } from "../collection/collection.ts";

/** A dead letter as the embedded bus stores it. */
export interface DeadLetterRow {
  subscriber: string;
  factId: string;
  fact: Fact;
  reason: string;
}

/** Where the embedded bus keeps its dead letters: one per subscriber and fact. */
export const deadLetterCollection: CollectionDefinition<DeadLetterRow> = {
  service: "bus",
  noun: "deadLetters",
  fields: { subscriber: "text", factId: "text" },
  unique: [["subscriber", "factId"]],
};

/** Why a try failed, for the operator who reads the letter. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** How many letters each subscriber has. */
export async function countLetters(letters: Collection<DeadLetterRow>) {
  const counts: { subscriber: string; letters: number }[] = [];
  for (let filter: Filter<DeadLetterRow> = {}; ;) {
    const { items } = await letters.find({ filter, sort: ["subscriber"], limit: 1 });
    if (!items[0]) return counts;
    const { subscriber } = items[0];
    counts.push({ subscriber, letters: await letters.count({ subscriber }) });
    filter = { subscriber: { gt: subscriber } };
  }
}

/** Stores a letter; the same letter twice is kept once. */
export async function keepLetter(
  letters: Collection<DeadLetterRow>,
  subscriber: string,
  fact: Fact,
  error: unknown,
): Promise<void> {
  try {
    await letters.insert({ subscriber, factId: fact.id, fact, reason: reasonOf(error) });
  } catch (failed) {
    if (!(failed instanceof DuplicateKey)) throw failed;
  }
}
