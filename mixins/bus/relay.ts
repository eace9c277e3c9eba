import { setTimeout as pause } from "node:timers/promises";
import type { Collection } from "../collection/collection.ts";
import type { Fact } from "../contract.ts";
import { within } from "../within.ts";
import type { Bus } from "./bus.ts";

/** What a relay needs of a collection; every collection is one. */
export type FactSource = Pick<Collection<object>, "unsentFacts" | "forgetFacts" | "onFacts">;

export type Publisher = Pick<Bus, "publish">;

export interface RelayOptions {
  /** How often it looks for facts that were left. Default 5 s. */
  sweepMs?: number;
  /** Longest pause between two tries to publish the same fact. Default 5 s. */
  longestPauseMs?: number;
  /** Called in the flow of each write that stored facts. */
  onWrite?: () => void;
  logger?: { warn(...parts: unknown[]): void };
}

interface SeenFact {
  position: number;
  /** Resolves when the bus has taken the fact over or refused it for the first time. */
  tried: Promise<void>;
  forgotten: boolean;
}

/** How many facts a relay holds at once. */
const ROOM = 500;
const FIRST_PAUSE_MS = 50;

let lastPosition = 0;
/** A point in the sequence in which the relays of this process see facts. */
export const relayPosition = (): number => lastPosition;

/**
 * Hands the facts that lie in a collection's documents to the bus and forgets them afterwards, never before. Facts of
 * one document go in order, documents in parallel. What a crash leaves behind goes out on the next start.
 */
export class Relay {
  readonly #source: FactSource;
  readonly #bus: Publisher;
  readonly #options: RelayOptions;
  readonly #seen = new Map<string, SeenFact>();
  /** The latest fact of each document that has facts under way. */
  readonly #tails = new Map<string, Promise<void>>();
  readonly #stopping = new AbortController();
  #sweep: NodeJS.Timeout | undefined;
  #scan: Promise<boolean> = Promise.resolve(true);
  #nextScan: Promise<boolean> | undefined;
  #sawAll = true;
  #underWay = 0;
  #failing = false;

  constructor(source: FactSource, bus: Publisher, options: RelayOptions = {}) {
    this.#source = source;
    this.#bus = bus;
    this.#options = options;
  }

  start(): void {
    this.#source.onFacts(() => {
      this.#options.onWrite?.();
      void this.#look();
    });
    this.#sweep = setInterval(() => void this.#look(), this.#options.sweepMs ?? 5000).unref();
    void this.#look();
  }

  /**
   * Resolves when the bus has taken over (or refused) every fact that this process has written so far, or when the
   * limit has passed. With `since` (a `relayPosition`) it does not wait for facts that were already under way then.
   */
  async idle(limitMs: number, since = 0): Promise<void> {
    await within(limitMs, this.#drained(since, Date.now() + limitMs)).catch(() => {});
  }

  /** Facts that it has seen and the bus has not taken over. */
  get backlog(): number {
    return this.#underWay;
  }

  /** Begins no further publishing and waits (bounded) for the running. What is left stays in the documents. */
  async stop(limitMs = 10_000): Promise<void> {
    clearInterval(this.#sweep);
    this.#stopping.abort();
    await within(limitMs, Promise.all([this.#scan, ...this.#tails.values()])).catch(() => {});
  }

  async #drained(since: number, latest: number): Promise<void> {
    while (Date.now() < latest && !this.#stopping.signal.aborted) {
      const sawAll = await this.#look();
      const underWay = [...this.#seen.values()].filter((fact) => !fact.forgotten && fact.position > since);
      await Promise.all(underWay.map((fact) => fact.tried));
      if (sawAll || underWay.length === 0) return;
    }
  }

  /** Looks for new facts after this moment; calls made while one look runs share the next. True if it saw them all. */
  #look(): Promise<boolean> {
    this.#nextScan ??= this.#scan.then(() => {
      this.#nextScan = undefined;
      return (this.#scan = this.#takeNewFacts());
    });
    return this.#nextScan;
  }

  async #takeNewFacts(): Promise<boolean> {
    if (this.#stopping.signal.aborted) return true;
    if (this.#underWay >= ROOM) return (this.#sawAll = false);
    // Only facts forgotten before this read began are dropped from memory: the read cannot bring them back.
    for (const [id, fact] of this.#seen) if (fact.forgotten) this.#seen.delete(id);
    try {
      const unsent = await this.#source.unsentFacts(ROOM);
      this.#sawAll = unsent.length < ROOM;
      for (const { documentId, fact } of unsent) if (!this.#seen.has(fact.id)) this.#take(documentId, fact);
    } catch (error) {
      this.#warn(error);
    }
    return this.#sawAll;
  }

  #take(documentId: string, fact: Fact): void {
    const tried = Promise.withResolvers<void>();
    const seen = { position: ++lastPosition, tried: tried.promise, forgotten: false };
    const before = this.#tails.get(documentId) ?? Promise.resolve();
    const sent = before.then(() => this.#send(documentId, fact, tried.resolve));
    this.#seen.set(fact.id, seen);
    this.#tails.set(documentId, sent);
    this.#underWay++;
    void sent.then(() => {
      seen.forgotten = true;
      this.#underWay--;
      if (this.#tails.get(documentId) === sent) this.#tails.delete(documentId);
      if (!this.#sawAll && this.#underWay < ROOM / 2) void this.#look();
    });
  }

  /** Tries until it succeeds or the relay stops; never rejects. */
  async #send(documentId: string, fact: Fact, onTried: () => void): Promise<void> {
    const { signal } = this.#stopping;
    for (let tries = 0; !signal.aborted; tries++) {
      const succeeded = await this.#publish(documentId, fact);
      onTried();
      if (succeeded) return;
      const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** tries, this.#options.longestPauseMs ?? 5000);
      await pause(pauseMs, undefined, { signal }).catch(() => {});
    }
    onTried();
  }

  async #publish(documentId: string, fact: Fact): Promise<boolean> {
    try {
      await this.#bus.publish(fact);
      await this.#source.forgetFacts(documentId, [fact.id]);
      this.#failing = false;
      return true;
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#warn(error);
      return false;
    }
  }

  /** Once per outage: the facts are safe where they are, and the next success ends the silence. */
  #warn(error: unknown): void {
    if (!this.#failing) this.#options.logger?.warn("Facts stay in their documents until they can be relayed", error);
    this.#failing = true;
  }
}
