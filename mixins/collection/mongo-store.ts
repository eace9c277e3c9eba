import type { Collection, CollectionDefinition, Store } from "./collection.ts";
import { MongoLink } from "./mongo/mongo-link.ts";
import { openOverAdapter } from "./open-collection.ts";
import { shapeOf } from "./shape.ts";

export interface MongoStoreOptions {
  /** `mongodb://` address; its path names the database, its options set pool size and timeouts. */
  url: string;
  /** What the server's log calls this process. */
  appName?: string;
  /** Milliseconds since 1970; tests move it. */
  now?: () => number;
}

/**
 * The cluster's store: MongoDB 5 or later, as a replica set of one or more. One connection per process, made when first
 * needed; writes are acknowledged by the majority, each of which has them in its journal, and repeated once when a
 * server goes away. So `durability` makes no difference here. Opening waits for a server that is not there yet and
 * throws `StoreFault` for what waiting does not mend; later, while the server is away, everything is refused as
 * `<SERVICE>_UNAVAILABLE`.
 */
export function mongoStore({ url, appName, now = Date.now }: MongoStoreOptions): Store {
  const link = new MongoLink({ url, appName });
  const collections = new Set<Collection<never>>();
  return {
    reportTo: (log) => link.reportTo(log),
    async ready() {
      await link.connection();
    },
    async open<T extends object>(definition: CollectionDefinition<T>) {
      const shape = shapeOf(definition);
      const [{ MongoAdapter }, { modelOf }] = await Promise.all([
        import("./mongo/mongo-adapter.ts"),
        import("./mongo/mongo-model.ts"),
      ]);
      const adapter = new MongoAdapter(modelOf(await link.connection(), shape), shape, link);
      // A server that comes back empty would take what its unique keys should refuse.
      const callOff = link.onReturn(() => adapter.connect());
      const released = () => {
        callOff();
        collections.delete(collection as unknown as Collection<never>);
      };
      const collection = await link.patiently(() => openOverAdapter<T>(adapter, shape, { now, released }));
      collections.add(collection as unknown as Collection<never>);
      return collection;
    },
    async ping() {
      await (await link.connection()).db!.admin().ping();
    },
    async close() {
      await Promise.all([...collections].map((collection) => collection.close()));
      await link.close();
    },
  };
}
