import { createInbox, nanos, type Msg, type NatsConnection, type Subscription } from "nats";
import { JetStreamMessage } from "./message.ts";

export interface PullOptions {
  stream: string;
  consumer: string;
  /** Most facts that are here at once. */
  width: number;
  /** Settles when the place is free again; never rejects. */
  take: (message: JetStreamMessage) => Promise<void>;
  /** The consumer is gone or silent: somebody should look after it and then call `askAnew`. */
  onTrouble: () => void;
}

/** A question that found too few facts ends after this long. */
const QUESTION_MS = 20_000;
const SILENCE_MS = QUESTION_MS + 5000;
const LOOK_MS = 5000;

/**
 * Asks a consumer for as many facts as can be begun at once, never more (the client's own `consume` fetches ahead, and
 * what waits in a process runs into its ack deadline while another process idles).
 */
export class Pull {
  readonly #nats: NatsConnection;
  readonly #options: PullOptions;
  readonly #inbox: string;
  readonly #subscription: Subscription;
  readonly #look: NodeJS.Timeout;
  readonly #running = new Set<Promise<void>>();
  /** Asked for and not arrived. */
  #asked = 0;
  #heardAt = Date.now();
  #mayAsk = false;
  #closing = false;

  constructor(nats: NatsConnection, options: PullOptions) {
    this.#nats = nats;
    this.#options = options;
    this.#inbox = createInbox();
    this.#subscription = nats.subscribe(this.#inbox, { callback: (_, message) => this.#hear(message) });
    this.#look = setInterval(() => this.#lookAfterSilence(), LOOK_MS).unref();
  }

  /**
   * Begins to ask, or begins again: questions asked before are forgotten here, and by the server where the connection has
   * broken. Elsewhere it may still answer one: then more facts come at once than `width`.
   */
  askAnew(): void {
    this.#mayAsk = true;
    this.#asked = 0;
    this.#ask();
  }

  /** While the server cannot be reached, questions would only pile up on the way to it. */
  pause(): void {
    this.#mayAsk = false;
  }

  /**
   * Takes nothing more: what was on its way goes back at once, so that another process gets it. Settles when everything
   * taken before has been finished with.
   */
  async close(): Promise<void> {
    this.#closing = true;
    clearInterval(this.#look);
    await this.#subscription.drain().catch(() => {});
    await Promise.all(this.#running);
  }

  #ask(): void {
    const { stream, consumer, width } = this.#options;
    const wish = width - this.#running.size - this.#asked;
    // Asking for single ones would double the traffic; half empty is early enough.
    if (!this.#mayAsk || this.#closing || wish <= 0 || this.#asked > width / 2) return;
    this.#asked += wish;
    this.#heardAt = Date.now();
    const question = JSON.stringify({ batch: wish, expires: nanos(QUESTION_MS) });
    this.#nats.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`, question, { reply: this.#inbox });
  }

  #hear(message: Msg): void {
    this.#heardAt = Date.now();
    if (message.subject === this.#inbox) return this.#hearEnd(message);
    this.#asked = Math.max(0, this.#asked - 1);
    const given = new JetStreamMessage(this.#nats, message);
    if (this.#closing) return given.giveBack();
    const taken = this.#options.take(given).then(() => {
      this.#running.delete(taken);
      this.#ask();
    });
    this.#running.add(taken);
  }

  /** A question has ended before it was answered in full: its time is over (404, 408), or something is wrong. */
  #hearEnd({ headers }: Msg): void {
    const left = Number(headers?.get("Nats-Pending-Messages") || this.#asked);
    this.#asked = Math.max(0, this.#asked - left);
    if (headers?.code === 404 || headers?.code === 408) this.#ask();
    else this.#trouble();
  }

  #lookAfterSilence(): void {
    if (this.#mayAsk && this.#asked > 0 && Date.now() - this.#heardAt > SILENCE_MS) this.#trouble();
  }

  #trouble(): void {
    this.pause();
    if (!this.#closing) this.#options.onTrouble();
  }
}
