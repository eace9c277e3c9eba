import type { Fact } from "../contract.ts";
import { DuplicateKey, type Collection, type CollectionDefinition } from "../collection/collection.ts";

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

/** Stores a letter; the same letter twice is kept once. */
export async function keepLetter(
  letters: Collection<DeadLetterRow>,
  subscriber: string,
  fact: Fact,
  error: unknown,
): Promise<void> {
  const reason = error instanceof Error ? error.message : String(error);
  try {
    await letters.insert({ subscriber, factId: fact.id, fact, reason });
  } catch (failed) {
    if (!(failed instanceof DuplicateKey)) throw failed;
  }
}
