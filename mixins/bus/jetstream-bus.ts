import type { Fact } from "../contract.ts";
import { within } from "../within.ts";
import type { Bus, DeadLetters, Lag, Subscription } from "./bus.ts";
import type { DeliveryRules } from "./delivery.ts";
import { Names } from "./jetstream/names.ts";
import type { PositionRules } from "./jetstream/positions.ts";
import { Session, type SessionOptions } from "./jetstream/session.ts";
import { DEFAULT_LIMITS, type StreamLimits } from "./jetstream/streams.ts";
import { Subscriber } from "./jetstream/subscriber.ts";

export interface JetStreamBusOptions
  extends Pick<SessionOptions, "url" | "name" | "logger">, Partial<DeliveryRules & PositionRules> {
  /** Name space on the server: the buses of one cluster share facts, positions and letters. */
  cluster: string;
  /** How many facts of one kind a subscriber handles at once in this process; one per lane where ordered. Default 16. */
  atOnce?: number;
  /** How long `stop` waits for running handlers. Default 10 s. */
  stopLimitMs?: number;
  limits?: Partial<StreamLimits>;
}

/** The tries last half a minute: they shall outlast a restart of the store behind a subscriber. */
const DEFAULT_RULES: DeliveryRules & PositionRules = {
  ...{ tries: 8, firstPauseMs: 200, handlingLimitMs: 30_000 },
  ...{ ackWaitMs: 10_000, underWay: 256 },
};

/** The bus of many processes, kept by NATS JetStream; it makes and migrates what it needs there. */
export function jetstreamBus(options: JetStreamBusOptions): Bus {
  return new JetStreamBus(options);
}

interface Subscribed {
  service: string;
  subscription: Subscription;
  /** While the bus runs. */
  here?: Subscriber | undefined;
}

class JetStreamBus implements Bus {
  readonly #options: JetStreamBusOptions;
  readonly #rules: DeliveryRules & PositionRules & StreamLimits;
  readonly #names: Names;
  readonly #subscribed = new Map<string, Subscribed>();
  /** Subscribers that take nothing more, whose handlers may still run. */
  readonly #leaving = new Set<Promise<void>>();
  readonly #publishing = new Set<Promise<void>>();
  #session: Session | undefined;
  #stopping = new AbortController();

  constructor(options: JetStreamBusOptions) {
    this.#options = options;
    this.#rules = { ...DEFAULT_RULES, ...DEFAULT_LIMITS, ...options.limits, ...options };
    this.#names = new Names(options.cluster);
  }

  subscribe(service: string, subscription: Subscription): () => void {
    const id = `${service} on ${subscription.factName}`;
    const subscribed: Subscribed = { service, subscription };
    this.#leave(this.#subscribed.get(id));
    this.#subscribed.set(id, subscribed);
    if (this.#session) void this.#join(subscribed, this.#session);
    return () => {
      this.#leave(subscribed);
      if (this.#subscribed.get(id) === subscribed) this.#subscribed.delete(id);
    };
  }

  publish(fact: Fact): Promise<void> {
    const published = (async () => this.#open().store(fact))();
    this.#publishing.add(published);
    const settled = () => this.#publishing.delete(published);
    published.then(settled, settled);
    return published;
  }

  readonly deadLetters: DeadLetters = {
    list: async (limit) => this.#open().letters.list(limit),
    count: async () => this.#open().letters.count(),
    replay: async (id) => this.#open().letters.replay(id),
    drop: async (id) => this.#open().letters.drop(id),
  };

  lag = async (): Promise<Lag[]> => this.#open().lag();

  async start(): Promise<void> {
    this.#stopping = new AbortController();
    const { signal } = this.#stopping;
    const { url, name, logger } = this.#options;
    const session = await Session.open({ url, name, logger, signal, names: this.#names, rules: this.#rules });
    this.#session = session;
    void session.watch(
      () => this.#here().forEach((subscriber) => subscriber.pause()),
      // A server that has come back empty gets its streams again before anybody publishes or asks.
      () =>
        void session.prepare().then(
          () => this.#here().forEach((subscriber) => void subscriber.begin()),
          () => {},
        ),
    );
    await Promise.all([...this.#subscribed.values()].map((subscribed) => this.#join(subscribed, session)));
  }

  async stop(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    this.#stopping.abort(new Error("The bus is stopping"));
    for (const subscribed of this.#subscribed.values()) this.#leave(subscribed);
    await within(this.#options.stopLimitMs ?? 10_000, Promise.all(this.#leaving)).catch(() => {});
    await Promise.allSettled(this.#publishing);
    await session?.close();
  }

  #open(): Session {
    if (!this.#session) throw new Error("The bus is not started");
    return this.#session;
  }

  #here(): Subscriber[] {
    return [...this.#subscribed.values()].flatMap(({ here }) => here ?? []);
  }

  async #join(subscribed: Subscribed, session: Session): Promise<void> {
    const { service: subscriber, subscription } = subscribed;
    const { factName } = subscription;
    const handle: Subscription["handle"] = async (fact, tries) => subscription.handle(fact, tries);
    subscribed.here = new Subscriber(
      session,
      { subscriber, factName, handle },
      this.#names.positions(subscriber, subscription),
      {
        ...{ stream: this.#names.factsStream, atOnce: this.#options.atOnce ?? 16 },
        ...{ rules: this.#rules, logger: this.#options.logger },
      },
    );
    await subscribed.here.begin();
  }

  #leave(subscribed: Subscribed | undefined): void {
    const left = subscribed?.here?.leave();
    if (!left) return;
    subscribed!.here = undefined;
    this.#leaving.add(left);
    void left.then(() => this.#leaving.delete(left));
  }
}
