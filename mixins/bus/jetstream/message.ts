import { nanos, type Msg, type NatsConnection } from "nats";

const ACK_LIMIT_MS = 5000;

/**
 * A message that a consumer has given out, with the words JetStream understands in answer (the client offers them only
 * with its own ways of fetching). Where it was and how often is in the tokens of its reply subject:
 * `$JS.ACK.<stream>.<consumer>.<tries>.<sequence>.…`, since server 2.10 with domain and account before the stream.
 */
export class JetStreamMessage {
  readonly #nats: NatsConnection;
  readonly #message: Msg;
  /** How often it was given out, this time included. */
  readonly tries: number;
  readonly sequence: number;

  constructor(nats: NatsConnection, message: Msg) {
    this.#nats = nats;
    this.#message = message;
    const tokens = (message.reply ?? "").split(".");
    const [tries, sequence] = tokens.slice(tokens.length > 9 ? 6 : 4);
    this.tries = Number(tries);
    this.sequence = Number(sequence);
  }

  get text(): string {
    return this.#message.string();
  }

  /** It is done with. Resolves when the server knows. */
  async acknowledge(): Promise<void> {
    await this.#nats.request(this.#message.reply!, "+ACK", { timeout: ACK_LIMIT_MS });
  }

  /** It shall be given out again, to whomever, after a pause. */
  giveBack(pauseMs = 0): void {
    this.#message.respond(pauseMs > 0 ? `-NAK ${JSON.stringify({ delay: nanos(pauseMs) })}` : "-NAK");
  }

  /** Its ack deadline begins anew, unless the connection has been closed. */
  extend(): void {
    if (!this.#nats.isClosed()) this.#message.respond("+WPI");
  }
}
