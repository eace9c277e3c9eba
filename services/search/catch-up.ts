import type { ServiceBroker } from "moleculer";
import type { Carrier } from "../../mixins/contract.ts";
import type { Duty } from "./duty.ts";
import { Follower, type FollowerOptions } from "./follower.ts";
import { rateAgain } from "./ratings.ts";
import { beginReindexing, fill } from "./reindexing.ts";
import { SearchError, type SearchEngine } from "./search-engine.ts";

const FIRST_PAUSE_MS = 250;
const TIDY_EVERY_MS = 600_000;
/** Searches that began before the turn end by themselves. */
const TIDY_AFTER_TURN_MS = 5000;

export interface CatchUpOptions {
  engine: SearchEngine;
  duty: Duty;
  via: Carrier;
  logger: ServiceBroker["logger"];
  /** Pause between two sweeps. */
  everyMs: number;
  /** Called after cars were indexed. */
  onIndexed: () => Promise<void>;
}

/**
 * Keeps the index in step with the owner. Facts make it fast (`Arrivals`), the sweep makes it right: it follows the
 * owner's changes, one sweep at a time, on the one node that keeps house. The others stand by.
 */
export class CatchUp {
  readonly #options: CatchUpOptions;
  readonly #following: FollowerOptions;
  readonly #follower: Follower;
  #sweeping: Promise<void> | undefined;
  #rating: Promise<void> | undefined;
  #filling: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #sweepAgain = false;
  #failures = 0;
  #stopped = false;
  #caughtUp = false;
  #tidiedAt = 0;
  #isWaiting = false;
  #isFilling = false;

  constructor(options: CatchUpOptions) {
    const { engine, via, logger, onIndexed, duty } = options;
    this.#options = options;
    this.#following = { via, logger, onIndexed, wanted: () => !this.#stopped && duty.isMine };
    this.#follower = new Follower(engine, this.#following);
  }

  /** True until the index has been seen to reach the owner's end for the first time since the start. */
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
    this.#options.duty.leave();
    await Promise.all([this.#sweeping, this.#rating, this.#filling]);
    await this.#options.duty.release();
  }

  /** Follows the owner to its end, as it is now, if this node keeps house. Never rejects; a failure is repeated soon. */
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
    try {
      while (this.#sweepAgain && !this.#stopped) {
        this.#sweepAgain = false;
        if (await this.#options.duty.claim()) await this.#keepHouse();
        else if (!this.#caughtUp)
          this.#caughtUp = (await this.#options.engine.isOwn()) && (await this.#follower.isLevel());
      }
      this.#failures = 0;
      this.#tellWaiting(undefined);
    } catch (error) {
      this.#failures++;
      this.#tellWaiting(error);
    }
  }

  async #keepHouse(): Promise<void> {
    const { engine, via, duty } = this.#options;
    const isOwn = await engine.isOwn();
    if (!isOwn) await beginReindexing(engine, via);
    void this.#fillDraft();
    if (!isOwn) return;
    if ((await this.#follower.follow()) > 0) await engine.refresh();
    this.#caughtUp ||= this.#following.wanted();
    void this.#rateAgain();
    if (this.#tidiedAt + TIDY_EVERY_MS > Date.now()) return;
    await engine.tidy((version) => duty.isAbandoned(version));
    this.#tidiedAt = Date.now();
  }

  /** Beside the sweeps, which go on with the index that answers. */
  #fillDraft(): Promise<void> {
    const { engine, logger } = this.#options;
    const work = async () => {
      const draft = await engine.draft();
      this.#isFilling = draft !== null;
      if (!draft) return;
      await fill(draft, this.#following);
      this.#isFilling = false;
      this.#tidiedAt = Date.now() - TIDY_EVERY_MS + TIDY_AFTER_TURN_MS;
      void this.sweep();
    };
    return (this.#filling ??= work()
      .catch((error: unknown) => logger.debug("Search could not fill the new index; it will try again", error))
      .finally(() => (this.#filling = undefined)));
  }

  /** Beside the sweeps: thousands of cars may need the new model's rating. A draft brings new ones for all. */
  #rateAgain(): Promise<void> {
    const { engine, via, logger } = this.#options;
    return (this.#rating ??= rateAgain(engine, via, () => this.#following.wanted() && !this.#isFilling)
      .catch((error: unknown) => logger.debug("Search could not rate cars again; it will try again", error))
      .finally(() => (this.#rating = undefined)));
  }

  /** Says once that the engine is away, and once that it is back. */
  #tellWaiting(error: unknown): void {
    const { engine, logger } = this.#options;
    if (error) logger.debug("Search could not follow the listings; it will try again", error);
    const isAway = error instanceof SearchError && (error.code === "UNAVAILABLE" || error.code === "TIMEOUT");
    if (isAway && !this.#isWaiting) {
      logger.warn(`Search waits for ${engine.place} (${error.message}); plain lists answer meanwhile`);
    }
    if (!error && this.#isWaiting) logger.warn(`Search has ${engine.place} again`);
    if (isAway || !error) this.#isWaiting = isAway;
  }
}
