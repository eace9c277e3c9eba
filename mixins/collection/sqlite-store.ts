import { join } from "node:path";
import type { Collection, CollectionDefinition, Store } from "./collection.ts";
import { openOverAdapter } from "./open-collection.ts";
import { shapeOf } from "./shape.ts";
import { SqliteAdapter } from "./sqlite/sqlite-adapter.ts";
import { SqliteFile } from "./sqlite/sqlite-file.ts";

export interface SqliteStoreOptions {
  /** Holds one `<service>.sqlite` per service; made when it is missing. `:memory:` keeps nothing. */
  directory: string;
  /** Milliseconds since 1970; tests move it. */
  now?: () => number;
}

/** The embedded store: SQLite files, safe to share between processes of one machine. */
export function sqliteStore({ directory, now = Date.now }: SqliteStoreOptions): Store {
  const files = new Map<string, SqliteFile>();
  const collections = new Set<Collection<never>>();
  const fileOf = (service: string) => {
    const file =
      files.get(service) ?? new SqliteFile(directory === ":memory:" ? directory : join(directory, `${service}.sqlite`));
    files.set(service, file);
    return file;
  };
  return {
    reportTo() {},
    async ready() {},
    async open<T extends object>(definition: CollectionDefinition<T>) {
      const shape = shapeOf(definition);
      const file = fileOf(shape.service);
      if (definition.durability === "full") file.writeThrough();
      const collection = await openOverAdapter<T>(new SqliteAdapter(file, shape), shape, {
        now,
        released: () => void collections.delete(collection as unknown as Collection<never>),
      });
      collections.add(collection as unknown as Collection<never>);
      return collection;
    },
    async ping() {
      for (const file of files.values()) file.statement("SELECT 1").get();
    },
    async close() {
      await Promise.all([...collections].map((collection) => collection.close()));
      for (const file of files.values()) file.close();
      files.clear();
    },
  };
}
