import type { ServiceBroker, ServiceSchema } from "moleculer";
import type { Subscription } from "./bus/bus.ts";
import type { FactSource } from "./bus/relay.ts";

declare module "moleculer" {
  interface ServiceSchema {
    facts?: FactsOptions;
  }
}

export interface FactsOptions {
  /** The collections whose facts go to the bus; asked after the service has started, when its stores are open. */
  relays?: () => FactSource[];
  /** What the service does when it learns a fact; a function when the handlers need the broker for their calls. */
  subscriptions?: Subscription[] | ((broker: ServiceBroker) => Subscription[]);
}

/**
 * A mixin: what a service has to do with facts. The broker's bus middleware reads it, so that on a broker without one
 * (an import command, say) facts simply stay in their documents. An answer leaves after the facts of its writes were
 * taken over, or a second later.
 */
export const facts = (options: FactsOptions): Partial<ServiceSchema> => ({ facts: options });
