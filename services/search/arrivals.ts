import type { ServiceBroker } from "moleculer";
import type { Carrier } from "../../mixins/contract.ts";
import { Listings } from "../listings/listings.contract.ts";
import { removal } from "./domain/car-document.ts";
import { operationsFor, write } from "./indexing.ts";
import type { Index } from "./search-engine.ts";

export interface ArrivalsOptions {
  index: Index;
  via: Carrier;
  logger: ServiceBroker["logger"];
  /** Called after cars were indexed. */
  onIndexed: () => Promise<void>;
}

/** So many fit into one message. */
const AT_ONCE = 200;

/**
 * Takes over single cars as soon as they change; what arrives while others are being indexed goes together. The engine
 * shows them by itself, at the latest after its refresh time. What fails is left to the sweep.
 */
export class Arrivals {
  readonly #options: ArrivalsOptions;
  readonly #waiting = new Map<string, number>();
  #indexing: Promise<void> | undefined;

  constructor(options: ArrivalsOptions) {
    this.#options = options;
  }

  /** Resolves when this version, or a later one, was indexed or left to the sweep. */
  async take(listingId: string, version: number): Promise<void> {
    this.#waiting.set(listingId, Math.max(version, this.#waiting.get(listingId) ?? 0));
    while (this.#waiting.has(listingId)) {
      await (this.#indexing ??= this.#indexWaiting().finally(() => (this.#indexing = undefined)));
    }
    await this.#indexing;
  }

  /** Resolves when nothing is being indexed. */
  async idle(): Promise<void> {
    await this.#indexing;
  }

  async #indexWaiting(): Promise<void> {
    const { index, via, logger, onIndexed } = this.#options;
    const waiting = [...this.#waiting].slice(0, AT_ONCE);
    for (const [id] of waiting) this.#waiting.delete(id);
    try {
      const { cars } = await Listings.carsById(via, { ids: waiting.map(([id]) => id) });
      const present = new Set(cars.map(({ id }) => id));
      const gone = waiting.filter(([id]) => !present.has(id)).map(([id, version]) => removal(id, version));
      await write(index, [...gone, ...(await operationsFor(via, cars))], logger);
      await onIndexed();
    } catch (error) {
      logger.debug("Search leaves some cars to the sweep", error);
    }
  }
}
