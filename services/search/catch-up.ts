import type { ServiceBroker } from "moleculer";
import type { Carrier, Result } from "../../mixins/contract.ts";
import { Listings } from "../listings/listings.contract.ts";
import { operationFor, removal, UNRATED } from "./domain/car-document.ts";
import { rateAgain, ratingsOf } from "./ratings.ts";
import type { Operation, SearchEngine } from "./search-engine.ts";

type Changes = Result<(typeof Listings)["$actions"]["changes"]>;
type Change = Changes["changes"][number];
interface Place {
  changedAt: string;
  id: string;
}

const BATCH = 1000;
/** A write may become visible after a later one: each half minute the last minute is read again. */
const OVERLAP_MS = 60_000;
const OVERLAP_EVERY_MS = 30_000;
const FIRST_PAUSE_MS = 250;

export interface CatchUpOptions {
  engine: SearchEngine;
  via: Carrier;
  logger: ServiceBroker["logger"];
  /** Pause between two sweeps. */
  everyMs: number;
  /** Called after cars were indexed. */
  onIndexed: () => void;
}

/**
 * Keeps the index in step with the owner. Facts make it fast: `index` takes over single cars at once. The sweep makes
 * it right: it follows the owner's changes from a bookmark kept with the index, one sweep at a time.
 */
export class CatchUp {
  readonly #options: CatchUpOptions;
  /** Versions taken over within the overlap, so that reading them again costs nothing. */
  readonly #seen = new Map<string, { rev: number; changedAt: string }>();
  #overlapAt = 0;
  #sweeping: Promise<void> | undefined;
  #rating: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #sweepAgain = false;
  #failures = 0;
  #stopped = false;
  #caughtUp = false;
  #waiting = new Map<string, number>();
  #indexing: Promise<void> | undefined;

  constructor(options: CatchUpOptions) {
    this.#options = options;
  }

  /** True until a sweep has reached the owner's end for the first time since the start. */
  get catchingUp(): boolean {
    return !this.#caughtUp;
  }

  /** Begins to sweep, unless it was stopped before. */
  start(): void {
    if (!this.#stopped) void this.#tick();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await Promise.all([this.#sweeping, this.#indexing, this.#rating]);
  }

  /** Takes over one car; what arrives while others are being indexed goes together. Left to the sweep if it fails. */
  async index(listingId: string, version: number): Promise<void> {
    this.#waiting.set(listingId, Math.max(version, this.#waiting.get(listingId) ?? 0));
    while (this.#waiting.has(listingId)) {
      await (this.#indexing ??= this.#indexWaiting().finally(() => (this.#indexing = undefined)));
    }
    await this.#indexing;
  }

  /** Follows the owner to its end, as it is now. Never rejects; a failed sweep is repeated soon. */
  sweep(): Promise<void> {
    this.#sweepAgain = true;
    return (this.#sweeping ??= this.#sweepWhileAsked().finally(() => (this.#sweeping = undefined)));
  }

  async #tick(): Promise<void> {
    await this.sweep();
    if (this.#stopped) return;
    const { everyMs } = this.#options;
    const pauseMs = this.#failures ? Math.min(everyMs, FIRST_PAUSE_MS * 2 ** Math.min(this.#failures, 10)) : everyMs;
    this.#timer = setTimeout(() => void this.#tick(), pauseMs);
  }

  async #sweepWhileAsked(): Promise<void> {
    const { logger } = this.#options;
    try {
      while (this.#sweepAgain && !this.#stopped) {
        this.#sweepAgain = false;
        await this.#follow();
        this.#caughtUp ||= !this.#stopped;
      }
      this.#failures = 0;
      void this.#rateAgain();
    } catch (error) {
      this.#failures++;
      logger.debug("Search could not follow the listings; it will try again", error);
    }
  }

  /** Beside the sweeps: thousands of cars may need the new model's rating. */
  #rateAgain(): Promise<void> {
    const { engine, via, logger } = this.#options;
    return (this.#rating ??= rateAgain(engine, via, () => !this.#stopped)
      .catch((error: unknown) => logger.debug("Search could not rate cars again; it will try again", error))
      .finally(() => (this.#rating = undefined)));
  }

  async #follow(): Promise<void> {
    const { engine } = this.#options;
    const bookmark = await engine.bookmark();
    let reached = bookmark === null ? undefined : (JSON.parse(bookmark) as Place);
    const overlap = reached !== undefined && this.#overlapAt + OVERLAP_EVERY_MS <= Date.now();
    const from = reached && overlap ? before(reached, OVERLAP_MS) : reached;
    for await (const changes of this.#changesAfter(from)) {
      const indexed = await this.#take(changes.filter(({ id, rev }) => this.#seen.get(id)?.rev !== rev));
      const last = changes.at(-1)!;
      if (!reached || isLater(last, reached)) {
        reached = { changedAt: last.changedAt, id: last.id };
        await engine.keepBookmark(JSON.stringify(reached));
      }
      for (const { id, rev, changedAt } of changes) this.#seen.set(id, { rev, changedAt });
      if (indexed > 0) this.#options.onIndexed();
    }
    if (overlap || !bookmark) this.#overlapAt = Date.now();
    if (reached) this.#forgetBefore(before(reached, OVERLAP_MS).changedAt);
    await engine.refresh();
  }

  /** Batches of changes, each asked for while the one before is being indexed. */
  async *#changesAfter(from: Place | undefined): AsyncGenerator<Change[]> {
    const read = (after: Place | undefined) => {
      const changes = Listings.changes(this.#options.via, { limit: BATCH, ...(after && { after }) });
      changes.catch(() => undefined);
      return changes;
    };
    let next: Promise<Changes> | undefined = read(from);
    while (next && !this.#stopped) {
      const { changes }: Changes = await next;
      const last = changes.at(-1);
      next = last && changes.length === BATCH ? read({ changedAt: last.changedAt, id: last.id }) : undefined;
      if (changes.length > 0) yield changes;
    }
  }

  async #take(changes: readonly Change[]): Promise<number> {
    const cars = changes.flatMap((change) => (change.removed ? [] : [change.car]));
    const removed = changes.flatMap((change) => (change.removed ? [removal(change.id, change.rev)] : []));
    return this.#write([...removed, ...(await this.#operations(cars))]);
  }

  async #indexWaiting(): Promise<void> {
    const { engine, via, logger, onIndexed } = this.#options;
    const waiting = [...this.#waiting].slice(0, BATCH);
    for (const [id] of waiting) this.#waiting.delete(id);
    try {
      const { cars } = await Listings.carsById(via, { ids: waiting.map(([id]) => id) });
      const present = new Set(cars.map(({ id }) => id));
      const gone = waiting.filter(([id]) => !present.has(id)).map(([id, version]) => removal(id, version));
      await this.#write([...gone, ...(await this.#operations(cars))]);
      await engine.refresh();
      onIndexed();
    } catch (error) {
      logger.debug("Search leaves some cars to the sweep", error);
    }
  }

  async #operations(cars: Parameters<typeof ratingsOf>[1]): Promise<Operation[]> {
    const onSale = cars.filter(({ status }) => status === "onSale");
    const ratings = await ratingsOf(this.#options.via, onSale);
    const rated = new Map(onSale.map(({ id }, at) => [id, ratings[at]!]));
    return cars.map((car) => operationFor(car, rated.get(car.id) ?? UNRATED));
  }

  async #write(operations: readonly Operation[]): Promise<number> {
    if (operations.length === 0) return 0;
    const { applied, failed } = await this.#options.engine.bulk(operations);
    for (const { id, reason } of failed) this.#options.logger.warn(`Search cannot index ${id}: ${reason}`);
    return applied;
  }

  #forgetBefore(changedAt: string): void {
    for (const [id, seen] of this.#seen) if (seen.changedAt < changedAt) this.#seen.delete(id);
  }
}

const isLater = (one: Place, other: Place): boolean =>
  one.changedAt === other.changedAt ? one.id > other.id : one.changedAt > other.changedAt;

const before = ({ changedAt }: Place, ms: number): Place => ({
  changedAt: new Date(Date.parse(changedAt) - ms).toISOString(),
  id: "",
});
