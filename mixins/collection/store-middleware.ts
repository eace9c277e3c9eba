import type { Middleware } from "moleculer";
import { StoreFault, type Store } from "./collection.ts";

/**
 * A middleware that lets no service start before the store can be used, and gives the store the broker's log. A fault of
 * the set-up ends the process with one line and exit code 1.
 */
export function storeMiddleware(store: Store): Middleware {
  return {
    name: "Store",
    created: (broker) => store.reportTo(broker.getLogger("store")),
    async starting(broker) {
      try {
        await store.ready();
      } catch (error) {
        if (!(error instanceof StoreFault)) throw error;
        broker.logger.fatal(error.message);
        process.exit(1);
      }
    },
  };
}
