import { errors, type Client } from "@elastic/elasticsearch";
import { SearchError } from "../search-engine.ts";

const PROBE_TIMEOUT_MS = 500;
const PROBE_EVERY_MS = 500;

/**
 * Knows when the server is away. A request that got no answer makes it ask; until the server answers, requests are
 * refused at once, so that each caller does not wait for a time-out of its own.
 */
export class Watch {
  readonly #client: Client;
  #isAway = false;
  #isProbing = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(client: Client) {
    this.#client = client;
  }

  /** Throws `UNAVAILABLE` while the server is away. */
  check(): void {
    if (this.#isAway) throw new SearchError("UNAVAILABLE", "The server does not answer");
  }

  /** A request failed. */
  note(error: unknown): void {
    const gotAnswer = error instanceof errors.ResponseError || error instanceof SearchError;
    if (!gotAnswer && !this.#isProbing) void this.#probe();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  async #probe(): Promise<void> {
    this.#isProbing = true;
    const options = { requestTimeout: PROBE_TIMEOUT_MS };
    this.#isAway = !(await this.#client.ping({}, options).then(
      () => true,
      (error: unknown) => error instanceof errors.ResponseError,
    ));
    this.#isProbing = this.#isAway && !this.#isClosed;
    if (this.#isProbing) this.#timer = setTimeout(() => void this.#probe(), PROBE_EVERY_MS).unref();
  }
}
