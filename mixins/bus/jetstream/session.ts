import { setTimeout as pause } from "node:timers/promises";
import { connect, Events, type JetStreamManager, type NatsConnection, NatsError } from "nats";
import type { Fact } from "../../contract.ts";
import { lastingWarning } from "../../lasting-warning.ts";
import { natsOptions } from "../../nats-url.ts";
import { within } from "../../within.ts";
import type { DeliveryRules } from "../delivery.ts";
import { Letters } from "./letters.ts";
import type { Names, Position } from "./names.ts";
import { Positions, type PositionRules } from "./positions.ts";
import { ensureStreams, errorCode, type StreamLimits } from "./streams.ts";

export interface SessionOptions {
  url: string;
  /** Shown by the server among its connections. */
  name: string;
  names: Names;
  rules: DeliveryRules & PositionRules & StreamLimits;
  logger?: { info(...parts: unknown[]): void; warn(...parts: unknown[]): void } | undefined;
  /** Calls off whatever waits for the server. */
  signal: AbortSignal;
}

const CONNECT_LIMIT_MS = 5000;
const PUBLISH_LIMIT_MS = 2000;
const CLOSE_LIMIT_MS = 2000;
const PAUSE_MS = 500;
const STREAM_IS_FULL = 10077;
/** What the server puts around a fact when it becomes a letter. */
const ENVELOPE_BYTES = 8192;

/** What the bus has of the server from its start to its stop: a connection that comes back, streams, positions. */
export class Session {
  readonly nats: NatsConnection;
  readonly letters: Letters;
  readonly #options: SessionOptions;
  readonly #jsm: JetStreamManager;
  readonly #positions: Positions;
  #isUp = true;
  #isClosing = false;
  #preparing: Promise<void> | undefined;
  #makingRoom: Promise<void> | undefined;
  #lookingAgain: NodeJS.Timeout | undefined;

  private constructor(nats: NatsConnection, jsm: JetStreamManager, options: SessionOptions) {
    const { names, rules } = options;
    this.nats = nats;
    this.#jsm = jsm;
    this.#options = options;
    this.#positions = new Positions(jsm, names, rules);
    this.letters = new Letters(nats, jsm, names, rules);
  }

  /** Waits for the server, and says so, until it is there and has the streams. */
  static async open(options: SessionOptions): Promise<Session> {
    const { url, name } = options;
    const nats = await untilDone(options, `Facts wait for NATS at ${new URL(url).host}`, () =>
      connect({ ...natsOptions(url), name, timeout: CONNECT_LIMIT_MS, noAsyncTraces: true }),
    );
    const session = new Session(nats, await nats.jetstreamManager({ checkAPI: false }), options);
    await session.prepare().catch(async (error) => {
      await nats.close();
      throw error;
    });
    return session;
  }

  /** Settles when the streams are there; rejects when it is called off. */
  prepare(): Promise<void> {
    return (this.#preparing ??= untilDone(this.#options, "Facts wait for JetStream", () =>
      this.#ensureStreams(),
    ).finally(() => (this.#preparing = undefined)));
  }

  async #ensureStreams(): Promise<void> {
    const { names, rules, logger, signal } = this.#options;
    const hasAllCopies = await ensureStreams(this.#jsm, names, rules, this.nats.info?.cluster !== undefined);
    if (hasAllCopies || this.#lookingAgain || signal.aborted) return;
    logger?.warn(
      "Too few servers of NATS for three copies of each fact; until they are there, one server's loss loses facts",
    );
    this.#lookingAgain = setTimeout(() => {
      this.#lookingAgain = undefined;
      void this.prepare().catch(() => {});
    }, rules.lookAgainMs).unref();
  }

  /** Settles when the position is there; rejects when it is called off. */
  async ensure(position: Position): Promise<void> {
    await untilDone(this.#options, `${position.subscriber} waits for ${position.factName}`, async () => {
      await this.prepare();
      await this.#positions.ensure(position);
    });
  }

  lag = () => this.#positions.lag();

  /** Tells when the connection breaks and when it is back, until it is closed. */
  async watch(onDown: () => void, onUp: () => void): Promise<void> {
    void this.nats.closed().then((reason) => this.#noteEnd(reason));
    for await (const { type } of this.nats.status()) {
      if (type !== Events.Disconnect && type !== Events.Reconnect) continue;
      this.#isUp = type === Events.Reconnect;
      if (this.#isUp) onUp();
      else onDown();
    }
  }

  #noteEnd(reason: Error | void): void {
    if (this.#isClosing) return;
    this.#isUp = false;
    this.#options.logger?.warn("The connection for facts is closed for good; restart this process", reason);
  }

  /** Resolves when the server has stored the fact. */
  async store(fact: Fact): Promise<void> {
    if (!this.#isUp) throw new Error("NATS cannot be reached");
    const data = Buffer.from(JSON.stringify(fact));
    const most = this.nats.info!.max_payload - ENVELOPE_BYTES;
    if (data.length > most) throw new Error(`${fact.name} has ${data.length} bytes; NATS carries ${most}`);
    const subject = this.#options.names.fact(fact);
    const send = () => this.nats.jetstream().publish(subject, data, { msgID: fact.id, timeout: PUBLISH_LIMIT_MS });
    try {
      await send();
    } catch (error) {
      if (errorCode(error) !== STREAM_IS_FULL) throw error;
      await this.#makeRoom();
      await send();
    }
  }

  /** Once a second at most, however many find the stream full. */
  #makeRoom(): Promise<void> {
    return (this.#makingRoom ??= this.#positions.makeRoom().finally(() => {
      setTimeout(() => (this.#makingRoom = undefined), 1000).unref();
    }));
  }

  /** What was said is still sent, if the server can be reached. */
  async close(): Promise<void> {
    this.#isClosing = true;
    clearTimeout(this.#lookingAgain);
    if (this.#isUp) await within(CLOSE_LIMIT_MS, this.nats.drain()).catch(() => {});
    await this.nats.close();
  }
}

/** Repeats what fails, with a warning at first and every half minute, until it succeeds or is called off. */
async function untilDone<T>(
  { signal, logger }: Pick<SessionOptions, "signal" | "logger">,
  waiting: string,
  attempt: () => Promise<T>,
): Promise<T> {
  const sayWaiting = lastingWarning((...parts) => logger?.warn(...parts));
  for (let tries = 0; ; tries++) {
    signal.throwIfAborted();
    try {
      const done = await attempt();
      if (tries > 0) logger?.info(`${waiting} no longer`);
      return done;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof NatsError) sayWaiting(`${waiting}: ${error.message}`);
      else sayWaiting(waiting, error);
    }
    await pause(PAUSE_MS, undefined, { signal });
  }
}
