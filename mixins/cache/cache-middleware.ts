import type { Middleware, ServiceBroker } from "moleculer";
import type { Fact } from "../contract.ts";
import { droppedTags, type Change } from "./cache-rule.ts";
import type { ResultCache } from "./result-cache.ts";

declare module "moleculer" {
  interface ServiceBroker {
    /** Where results are kept for a while; without one every call runs. */
    resultCache?: ResultCache;
  }
}

/** Gives a broker its cache of results. */
export const cacheMiddleware = (cache: ResultCache | undefined): Middleware => ({
  name: "ResultCache",
  created: (broker) => void (cache && Object.assign(broker, { resultCache: cache })),
});

/** Drops what depends on a change, for these values of the parameter it is about or, without any, as a whole. */
export const dropResults = async (
  broker: ServiceBroker,
  { changeName }: Change,
  about: readonly string[] = [],
): Promise<void> => broker.resultCache?.drop(droppedTags(changeName, about));

/** Drops what a fact makes stale, in every process; to be awaited before anybody may learn of the fact. */
export const dropStale = async (broker: ServiceBroker, { name, about }: Fact): Promise<void> =>
  broker.resultCache?.drop(droppedTags(name, about));
