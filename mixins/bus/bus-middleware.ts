import { AsyncLocalStorage } from "node:async_hooks";
import type { ActionHandler, Context, Middleware, Service, ServiceBroker } from "moleculer";
import { DEFAULT_TIMEOUT_MS } from "../contract.ts";
import type { FactsOptions } from "../facts.ts";
import { showBus, type Backlog } from "./bus-metrics.ts";
import type { Bus, Subscription } from "./bus.ts";
import { dropStale } from "../cache/cache-middleware.ts";
import { withinFactTrace } from "../tracing/fact-trace.ts";
import { Relay, relayPosition, type FactSource, type Publisher } from "./relay.ts";

declare module "moleculer" {
  interface ServiceBroker {
    /** What carries this broker's facts; operators look through it at lag and dead letters. */
    bus?: Bus;
  }
}

const LONGEST_WAIT_MS = 1000;

/** The relays an action has written facts for, or that a fact is being handled. */
type Flow = Set<Relay> | "handling a fact";
const flow = new AsyncLocalStorage<Flow>();

/**
 * Gives a broker its bus: subscribes what its services declare with `facts(…)`, publishes what they write once the
 * broker has started, and stops before their stores close.
 */
export function busMiddleware(openBus: (broker: ServiceBroker) => Bus): Middleware {
  const posts = new WeakMap<ServiceBroker, Post>();
  return {
    name: "Bus",
    created: (broker) => {
      broker.bus = openBus(broker);
      posts.set(broker, new Post(broker, broker.bus));
    },
    localAction: (next, action) => (factsOf(action.service)?.relays ? answerAfterFacts(next, action.timeout) : next),
    serviceStarted: async (service) => posts.get(service.broker)?.join(service),
    serviceStopping: async (service) => posts.get(service.broker)?.leave(service),
    started: async (broker) => posts.get(broker)?.open(),
    stopping: async (broker) => posts.get(broker)?.close(),
  };
}

const factsOf = (service: Service | undefined): FactsOptions | undefined => service?.schema.facts;

/** A broker's bus with the relays that feed it. */
class Post {
  readonly #broker: ServiceBroker;
  readonly #bus: Bus;
  /** What a fact makes stale is dropped before anybody learns of it. */
  readonly #publisher: Publisher;
  readonly #relays = new Map<Service, Relay[]>();
  readonly #unsubscribe = new Map<Service, (() => void)[]>();
  #open = false;
  #hide = () => {};

  constructor(broker: ServiceBroker, bus: Bus) {
    this.#broker = broker;
    this.#bus = bus;
    this.#publisher = { publish: (fact) => dropStale(broker, fact).then(() => bus.publish(fact)) };
  }

  join(service: Service): void {
    const { relays, subscriptions } = factsOf(service) ?? {};
    const subscribed = subscriptionsOf(subscriptions, this.#broker).map((subscription) =>
      this.#bus.subscribe(service.name, traced(this.#broker, service.name, unhurried(subscription))),
    );
    this.#unsubscribe.set(service, subscribed);
    const feeding = (relays?.() ?? []).map((source) => relayOf(source, this.#publisher, service));
    this.#relays.set(service, feeding);
    if (this.#open) for (const relay of feeding) relay.start();
  }

  /** A service that is taken away alone, while the broker runs on. */
  async leave(service: Service): Promise<void> {
    for (const unsubscribe of this.#unsubscribe.get(service) ?? []) unsubscribe();
    await Promise.all((this.#relays.get(service) ?? []).map((relay) => relay.stop()));
    this.#unsubscribe.delete(service);
    this.#relays.delete(service);
  }

  /** Nothing is published before every service of this process has subscribed: no subscriber misses a fact. */
  async open(): Promise<void> {
    await this.#bus.start();
    this.#open = true;
    for (const relay of [...this.#relays.values()].flat()) relay.start();
    this.#hide = showBus(this.#bus, () => this.#backlogs());
  }

  #backlogs(): Backlog[] {
    return [...this.#relays].map(([{ name }, relays]) => ({
      publisher: name,
      facts: relays.reduce((sum, { backlog }) => sum + backlog, 0),
    }));
  }

  async close(): Promise<void> {
    this.#open = false;
    this.#hide();
    const relaysStopped = [...this.#relays.values()].flat().map((relay) => relay.stop());
    await this.#bus.stop();
    await Promise.all(relaysStopped);
  }
}

function relayOf(source: FactSource, bus: Publisher, service: Service): Relay {
  const relay: Relay = new Relay(source, bus, { logger: service.logger, onWrite: () => noteWrite(relay) });
  return relay;
}

function subscriptionsOf(declared: FactsOptions["subscriptions"], broker: ServiceBroker): Subscription[] {
  const subscriptions = typeof declared === "function" ? declared(broker) : (declared ?? []);
  const names = subscriptions.map((subscription) => subscription.factName);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice) throw new Error(`Two handlers for ${twice} in one service`);
  return subscriptions;
}

/**
 * Actions that a handler calls do not wait for their facts: the fact being handled may be the very one they would
 * wait for.
 */
const unhurried = ({ handle, ...kind }: Subscription): Subscription => ({
  ...kind,
  handle: (fact, tries) => flow.run("handling a fact", () => handle(fact, tries)),
});

/** A handler works for the request that caused the fact. */
const traced = (broker: ServiceBroker, subscriber: string, { handle, ...kind }: Subscription): Subscription => ({
  ...kind,
  handle: (fact, tries) => withinFactTrace(broker, { fact, subscriber, tries }, () => handle(fact, tries)),
});

function noteWrite(relay: Relay): void {
  const current = flow.getStore();
  if (current instanceof Set) current.add(relay);
}

/** Lets an answer leave after the facts of its own writes were taken over, if that fits well into its deadline. */
function answerAfterFacts(next: ActionHandler<Service>, timeoutMs = DEFAULT_TIMEOUT_MS): ActionHandler<Service> {
  return async function (this: Service, ctx: Context) {
    if (flow.getStore() === "handling a fact") return next.call(this, ctx);
    const written = new Set<Relay>();
    const latest = Date.now() + timeoutMs * 0.8;
    const since = relayPosition();
    const result = await flow.run(written, async () => next.call(this, ctx));
    const waitMs = Math.min(LONGEST_WAIT_MS, latest - Date.now());
    if (waitMs > 0) await Promise.all([...written].map((relay) => relay.idle(waitMs, since)));
    return result;
  };
}
