import type { Collection } from "../collection/collection.ts";
import type { Fact } from "../contract.ts";
import { within } from "../within.ts";
import type { Bus, DeadLetters, Lag, Subscription } from "./bus.ts";
import { countLetters, keepLetter, type DeadLetterRow } from "./dead-letters.ts";
import { deliver, type DeliveryRules, type Subscriber } from "./delivery.ts";
import { lane, turns } from "./lane.ts";

export interface EmbeddedBusOptions extends Partial<DeliveryRules> {
  /**
   * Opens the store of dead letters (see `deadLetterCollection`). Without one, a fact that a subscriber cannot apply
   * is not taken over: it stays with its document and the relay offers it again.
   */
  openLetters?: () => Promise<Collection<DeadLetterRow>>;
  /** How many facts of one kind a subscriber handles at once. Default 16. */
  atOnce?: number;
  /** How long `stop` waits for running handlers. Default 10 s. */
  stopLimitMs?: number;
  logger?: { warn(...parts: unknown[]): void };
}

const DEFAULT_RULES: DeliveryRules = { tries: 6, firstPauseMs: 100, handlingLimitMs: 30_000 };

/** The bus of a single process: no server, the same promises as JetStream. */
export function embeddedBus(options: EmbeddedBusOptions = {}): Bus {
  return new EmbeddedBus(options);
}

class EmbeddedBus implements Bus {
  readonly #options: EmbeddedBusOptions;
  readonly #rules: DeliveryRules;
  readonly #subscribers = new Map<string, Map<string, Subscriber>>();
  /** Deliveries under way, each with the way to give it up. */
  readonly #underWay = new Map<Promise<void>, (reason: Error) => void>();
  /** Who has finished with a fact that others have not: offered again, it goes to those others only. */
  readonly #finished = new Map<string, Set<string>>();
  readonly #inTurn = turns();
  #stopping = AbortSignal.abort(new Error("The bus is not started"));
  #beginStop = () => {};
  #letters: Collection<DeadLetterRow> | undefined;

  constructor(options: EmbeddedBusOptions) {
    this.#options = options;
    this.#rules = { ...DEFAULT_RULES, ...options };
  }

  subscribe(service: string, subscription: Subscription): () => void {
    const { factName } = subscription;
    const ofThisFact = this.#subscribers.get(factName) ?? new Map<string, Subscriber>();
    this.#subscribers.set(factName, ofThisFact);
    const ordered = subscription.ordered === true;
    const handle: Subscription["handle"] = (fact, tries) => subscription.handle(fact, tries);
    const width = lane(this.#options.atOnce ?? 16);
    const subscriber: Subscriber = { factName, ordered, handle, service, lane: width, away: false, waiting: 0 };
    ofThisFact.set(service, subscriber);
    return () => void (subscriber.away = true);
  }

  publish(fact: Fact): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#underWay.set(promise, reject);
    const done = () => this.#underWay.delete(promise);
    promise.then(done, done);
    this.#handOver(fact).then(resolve, reject);
    return promise;
  }

  /** Every subscriber has its own tries: one that fails neither delays nor repeats the others. */
  async #handOver(fact: Fact): Promise<void> {
    this.#stopping.throwIfAborted();
    const finished = this.#finished.get(fact.id) ?? new Set<string>();
    const subscribers = [...(this.#subscribers.get(fact.name)?.values() ?? [])];
    const remaining = subscribers.filter((one) => !finished.has(one.service));
    const outcomes = await Promise.allSettled(remaining.map((one) => this.#deliverInTurn(one, fact, finished)));
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    if (failed) this.#finished.set(fact.id, finished);
    else this.#finished.delete(fact.id);
    if (failed) throw failed.reason;
  }

  async #deliverInTurn(subscriber: Subscriber, fact: Fact, finished: Set<string>): Promise<void> {
    const { ordered, service, factName } = subscriber;
    subscriber.waiting++;
    try {
      const deliverOrKeep = () => this.#deliverOrKeep(subscriber, fact);
      if (!ordered || fact.key === undefined) await deliverOrKeep();
      else await this.#inTurn(JSON.stringify([service, factName, fact.key]), deliverOrKeep);
    } finally {
      subscriber.waiting--;
    }
    finished.add(service);
  }

  async #deliverOrKeep(subscriber: Subscriber, fact: Fact): Promise<void> {
    if (subscriber.away) throw new Error(`${subscriber.service} is away`);
    try {
      await deliver(subscriber, fact, this.#rules, this.#stopping);
    } catch (error) {
      this.#stopping.throwIfAborted();
      this.#options.logger?.warn(`${subscriber.service} cannot apply ${fact.name} ${fact.id}`, error);
      if (!this.#letters || subscriber.away) throw error;
      await keepLetter(this.#letters, subscriber.service, fact, error);
    }
  }

  readonly deadLetters: DeadLetters = {
    list: async (limit) => (await this.#letters?.find({ limit, sort: ["id"] }))?.items ?? [],
    count: async () => (this.#letters ? countLetters(this.#letters) : []),
    replay: async (id) => {
      const letter = await this.#letters?.get(id);
      if (!letter) throw new Error(`No dead letter ${id}`);
      const subscriber = this.#subscribers.get(letter.fact.name)?.get(letter.subscriber);
      if (!subscriber || subscriber.away)
        throw new Error(`${letter.subscriber} does not subscribe to ${letter.fact.name} here`);
      await deliver(subscriber, letter.fact, this.#rules, this.#stopping);
      await this.#letters?.remove(id);
    },
    drop: async (id) => {
      if (!(await this.#letters?.remove(id))) throw new Error(`No dead letter ${id}`);
    },
  };

  /** Facts that no subscriber was offered yet are not counted: they lie in their documents. */
  lag = async (): Promise<Lag[]> =>
    [...this.#subscribers.values()].flatMap((ofThisFact) =>
      [...ofThisFact.values()].map(({ service, factName, waiting }) => ({ subscriber: service, factName, waiting })),
    );

  async start(): Promise<void> {
    this.#letters = await this.#options.openLetters?.();
    const stopping = new AbortController();
    this.#stopping = stopping.signal;
    this.#beginStop = () => stopping.abort(new Error("The bus is stopping"));
  }

  async stop(): Promise<void> {
    this.#beginStop();
    const running = Promise.allSettled(this.#underWay.keys());
    await within(this.#options.stopLimitMs ?? 10_000, running).catch(() => this.#giveUp());
    await this.#letters?.close();
    this.#letters = undefined;
  }

  #giveUp(): void {
    for (const reject of this.#underWay.values()) reject(new Error("The bus stopped before the subscribers finished"));
  }
}
