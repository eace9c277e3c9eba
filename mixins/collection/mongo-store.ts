import type { Connection } from "mongoose";
import type { Collection, CollectionDefinition, Store } from "./collection.ts";
import { openOverAdapter } from "./open-collection.ts";
import { shapeOf } from "./shape.ts";

/** How long a write or a ping looks for a server before it fails. */
const SERVER_SELECTION_MS = 5000;

export interface MongoStoreOptions {
  /** `mongodb://` address; its path names the database. */
  url: string;
  /** Milliseconds since 1970; tests move it. */
  now?: () => number;
}

/**
 * The cluster's store: MongoDB 5 or later, best as a replica set. One connection per process, made when the first
 * collection opens; writes are acknowledged by the majority, each of which has them in its journal, and retried once when
 * a server goes away. So `durability` makes no difference here.
 */
export function mongoStore({ url, now = Date.now }: MongoStoreOptions): Store {
  let connecting: Promise<Connection> | undefined;
  const collections = new Set<Collection<never>>();
  const connection = () => (connecting ??= connect(url).catch((error: unknown) => failed(error)));
  const failed = (error: unknown): never => {
    connecting = undefined;
    throw error;
  };
  return {
    async open<T extends object>(definition: CollectionDefinition<T>) {
      const shape = shapeOf(definition);
      const [{ MongoAdapter }, { modelOf }] = await Promise.all([
        import("./mongo/mongo-adapter.ts"),
        import("./mongo/mongo-model.ts"),
      ]);
      const adapter = new MongoAdapter(modelOf(await connection(), shape), shape);
      const collection = await openOverAdapter<T>(adapter, shape, {
        now,
        released: () => void collections.delete(collection as unknown as Collection<never>),
      });
      collections.add(collection as unknown as Collection<never>);
      return collection;
    },
    async ping() {
      await (await connection()).db!.admin().ping();
    },
    async close() {
      await Promise.all([...collections].map((collection) => collection.close()));
      const opened = await connecting?.catch(() => undefined);
      connecting = undefined;
      await opened?.close();
    },
  };
}

/** Mongoose takes a third of a second to load: only processes that use it pay for it. */
async function connect(url: string): Promise<Connection> {
  const { default: mongoose } = await import("mongoose");
  return mongoose
    .createConnection(url, {
      writeConcern: { w: "majority" },
      retryWrites: true,
      retryReads: true,
      serverSelectionTimeoutMS: SERVER_SELECTION_MS,
      autoIndex: false,
      autoCreate: false,
      bufferCommands: false,
    })
    .asPromise();
}
