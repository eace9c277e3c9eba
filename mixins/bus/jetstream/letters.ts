import { setTimeout as pause } from "node:timers/promises";
import type { JetStreamClient, JetStreamManager, Msg, NatsConnection, NatsError, StoredMsg } from "nats";
import type { Fact } from "../../contract.ts";
import type { DeadLetter, DeadLetters } from "../bus.ts";
import { reasonOf } from "../dead-letters.ts";
import type { DeliveryRules } from "../delivery.ts";
import { handle, type Recipient } from "./hand-over.ts";
import type { Names } from "./names.ts";
import { unless } from "./streams.ts";

const NO_MESSAGE = 10037;
const WRONG_LAST_SEQUENCE = 10071;
/** No wildcards: they would find somebody else's letter. */
const LETTER_ID = /^[^\s.*>]+\.[^\s.*>]+$/;
const LONGEST_REASON = 2000;
const STORE_LIMIT_MS = 5000;
/** What an answer may take on top of the handling itself. */
const WAY_MS = 2000;

/** The dead letters of a cluster: one per subscriber and fact, in a stream of their own, within reach of every node. */
export class Letters implements DeadLetters {
  readonly #nats: NatsConnection;
  readonly #js: JetStreamClient;
  readonly #jsm: JetStreamManager;
  readonly #names: Names;
  readonly #rules: DeliveryRules;

  constructor(nats: NatsConnection, jsm: JetStreamManager, names: Names, rules: DeliveryRules) {
    this.#nats = nats;
    this.#js = nats.jetstream();
    this.#jsm = jsm;
    this.#names = names;
    this.#rules = rules;
  }

  /** Stores a letter; the same letter twice is kept once, as it was first. */
  async keep(subscriber: string, fact: Fact, error: unknown): Promise<void> {
    const id = this.#names.letterId(subscriber, fact.id);
    const reason = reasonOf(error).slice(0, LONGEST_REASON);
    const letter: DeadLetter = { id, subscriber, fact, reason };
    const isFirst = { expect: { lastSubjectSequence: 0 }, timeout: STORE_LIMIT_MS };
    await unless(WRONG_LAST_SEQUENCE, this.#js.publish(this.#names.letter(id), JSON.stringify(letter), isFirst));
  }

  async list(limit: number): Promise<DeadLetter[]> {
    const letters: DeadLetter[] = [];
    for (let seq = 1; letters.length < limit;) {
      const stored = await this.#next(seq);
      if (!stored) break;
      letters.push(stored.json<DeadLetter>());
      seq = stored.seq + 1;
    }
    return letters;
  }

  async count(): Promise<{ subscriber: string; letters: number }[]> {
    const every = { subjects_filter: this.#names.allLetters };
    const { subjects = {} } = (await this.#jsm.streams.info(this.#names.lettersStream, every)).state;
    const bySubscriber = Map.groupBy(Object.keys(subjects), (subject) => this.#names.subscriberIn(subject));
    return [...bySubscriber].map(([subscriber, letters]) => ({ subscriber, letters: letters.length }));
  }

  async replay(id: string): Promise<void> {
    const stored = await this.#find(id);
    const { subscriber, fact } = stored.json<DeadLetter>();
    for (let tried = 1; ; tried++) {
      const failure = await this.#giveOnce(subscriber, fact);
      if (failure === undefined) break;
      if (tried >= this.#rules.tries) throw new Error(failure);
      await pause(this.#rules.firstPauseMs * 2 ** (tried - 1));
    }
    await this.#remove(stored);
  }

  async drop(id: string): Promise<void> {
    await this.#remove(await this.#find(id));
  }

  /** Listens for facts that an operator gives to this subscriber once more; one of its instances gets each. */
  serve(recipient: Recipient): () => void {
    const answer = async (message: Msg) => {
      const failure = await this.#apply(recipient, message.json<Fact>());
      message.respond(JSON.stringify({ failure }));
    };
    const subject = this.#names.replay(recipient.subscriber, recipient.factName);
    const listening = this.#nats.subscribe(subject, {
      queue: "instances",
      callback: (error, message) => void (error || answer(message).catch(() => {})),
    });
    return () => listening.unsubscribe();
  }

  async #apply(recipient: Recipient, fact: Fact): Promise<string | undefined> {
    try {
      await handle(recipient, { fact }, this.#rules.handlingLimitMs);
      return undefined;
    } catch (error) {
      return reasonOf(error);
    }
  }

  /** Answers why it failed; rejects when there is nobody to give it to. */
  async #giveOnce(subscriber: string, fact: Fact): Promise<string | undefined> {
    const timeout = this.#rules.handlingLimitMs + WAY_MS;
    try {
      const subject = this.#names.replay(subscriber, fact.name);
      const answer = await this.#nats.request(subject, JSON.stringify(fact), { timeout });
      return answer.json<{ failure?: string }>().failure;
    } catch (error) {
      if ((error as NatsError).code !== "503") throw error;
      throw new Error(`No process runs ${subscriber} with a subscription to ${fact.name}`, { cause: error });
    }
  }

  async #find(id: string): Promise<StoredMsg> {
    const question = { last_by_subj: this.#names.letter(id) };
    const stored =
      LETTER_ID.test(id) &&
      (await unless(NO_MESSAGE, this.#jsm.streams.getMessage(this.#names.lettersStream, question)));
    if (!stored) throw new Error(`No dead letter ${id}`);
    return stored;
  }

  #next(seq: number): Promise<StoredMsg | undefined> {
    // The server knows this question, the client's types do not.
    const question = { seq, next_by_subj: this.#names.allLetters } as { seq: number };
    return unless(NO_MESSAGE, this.#jsm.streams.getMessage(this.#names.lettersStream, question));
  }

  async #remove({ seq }: StoredMsg): Promise<void> {
    await unless(NO_MESSAGE, this.#jsm.streams.deleteMessage(this.#names.lettersStream, seq, false));
  }
}
