import type { Fact } from "../../contract.ts";
import { within } from "../../within.ts";
import type { Subscription } from "../bus.ts";
import type { DeliveryRules } from "../delivery.ts";
import type { Letters } from "./letters.ts";
import type { JetStreamMessage } from "./message.ts";

export interface Recipient {
  subscriber: string;
  factName: string;
  handle: Subscription["handle"];
}

export interface HandOverOptions {
  rules: DeliveryRules & { ackWaitMs: number };
  letters: Letters;
  logger?: { warn(...parts: unknown[]): void } | undefined;
}

/** How many applied facts a process remembers for each subscriber. */
const REMEMBERED = 1024;
const LONGEST_PAUSE_MS = 60_000;

/** Gives the facts of one position to their subscriber and tells the server what became of each. */
export class HandOver {
  readonly #recipient: Recipient;
  readonly #options: HandOverOptions;
  /** Applied, but the server may not have learned it: it comes again after a broken connection. */
  readonly #applied = new Set<string>();

  constructor(recipient: Recipient, options: HandOverOptions) {
    this.#recipient = recipient;
    this.#options = options;
  }

  /** One try. Never rejects: what is not acknowledged comes again. */
  async take(message: JetStreamMessage): Promise<void> {
    // The server waits as long as this process says that it is at work.
    const extending = setInterval(() => message.extend(), this.#options.rules.ackWaitMs / 3).unref();
    try {
      if (await this.#isFinished(message)) await message.acknowledge();
      else message.giveBack(this.#pauseMs(message));
    } catch (error) {
      this.#warn("An acknowledgement may not have arrived", error);
    } finally {
      clearInterval(extending);
    }
  }

  /** False when it has to be tried again. */
  async #isFinished(message: JetStreamMessage): Promise<boolean> {
    const { rules } = this.#options;
    const { tries: tried } = message;
    const fact = factIn(message, this.#recipient.factName);
    if (!fact) return this.#setAside(unreadable(message, this.#recipient.factName), "The message is not a fact");
    if (this.#applied.has(fact.id)) return true;
    // Each of those tries ended without a word: its process died, or hung beyond the limit.
    if (tried > rules.tries) return this.#setAside(fact, `No answer in ${tried - 1} tries; did its process die?`);
    try {
      await handle(this.#recipient, { fact, tried }, rules.handlingLimitMs);
      this.#remember(fact.id);
      return true;
    } catch (error) {
      return tried >= rules.tries && this.#setAside(fact, error);
    }
  }

  /** False when the letter could not be stored; the fact then stays where it is. */
  async #setAside(fact: Fact, error: unknown): Promise<boolean> {
    const { subscriber } = this.#recipient;
    this.#warn(`${subscriber} cannot apply ${fact.name} ${fact.id}`, error);
    try {
      await this.#options.letters.keep(subscriber, fact, error);
      return true;
    } catch (failed) {
      this.#warn(`${fact.name} ${fact.id} cannot be set aside`, failed);
      return false;
    }
  }

  #pauseMs(message: JetStreamMessage): number {
    return Math.min(LONGEST_PAUSE_MS, this.#options.rules.firstPauseMs * 2 ** (message.tries - 1));
  }

  #remember(factId: string): void {
    this.#applied.add(factId);
    if (this.#applied.size > REMEMBERED) this.#applied.delete(this.#applied.values().next().value!);
  }

  #warn(...parts: unknown[]): void {
    this.#options.logger?.warn(...parts);
  }
}

/** Rejects with the handler's error, or when it takes longer than the limit. */
export async function handle(
  recipient: Recipient,
  { fact, tried }: { fact: Fact; tried?: number },
  limitMs: number,
): Promise<void> {
  await within(limitMs, recipient.handle(fact, tried), `${recipient.subscriber} on ${fact.name}`);
}

function factIn(message: JetStreamMessage, factName: string): Fact | undefined {
  try {
    const fact = JSON.parse(message.text) as Partial<Fact> | null;
    return typeof fact?.id === "string" && fact.name === factName && "payload" in fact ? (fact as Fact) : undefined;
  } catch {
    return undefined;
  }
}

const unreadable = (message: JetStreamMessage, name: string): Fact => ({
  ...{ id: `message-${message.sequence}`, name, payload: message.text },
});
