import type { Collection, CollectionDefinition, Store } from "../../mixins/collection/collection.ts";
import { collectionChanges } from "./collection-changes.suite.ts";
import { collectionCounters } from "./collection-counters.suite.ts";
import { collectionFacts } from "./collection-facts.suite.ts";
import { collectionOracle } from "./collection-oracle.suite.ts";
import { collectionPages } from "./collection-pages.suite.ts";
import { collectionReads } from "./collection-reads.suite.ts";
import { collectionValues } from "./collection-values.suite.ts";
import { collectionWrites } from "./collection-writes.suite.ts";

/** The document that the suite stores: a field of each kind, one unique key of two parts and one of one. */
export interface Thing {
  title?: string | null;
  price?: number | null;
  stock?: number | null;
  open?: boolean | null;
  owner?: string | null;
  code?: string | null;
  slot?: string | null;
  /** Not declared: kept, never queried. */
  details?: unknown;
  views?: number;
}

const thing = (noun: string): CollectionDefinition<Thing> => ({
  service: "conformance",
  noun,
  fields: {
    title: "text",
    price: "real",
    stock: "integer",
    open: "boolean",
    owner: "text",
    code: "text",
    slot: "text",
  },
  unique: [["slot"], ["owner", "code"]],
  indexes: [["open", "price"], ["createdAt"]],
});

/** What a part of the suite works with. */
export interface Bench {
  /** A fresh, empty collection. */
  things(definition?: Partial<CollectionDefinition<Thing>>): Promise<Collection<Thing>>;
  /** A collection with a chosen noun, as another process (with its own clock and definition) would open it. */
  reopened(
    noun: string,
    options?: { now?: () => number; definition?: Partial<CollectionDefinition<Thing>> },
  ): Promise<Collection<Thing>>;
  freshNoun(): string;
}

export type OpenStore = (options: { now?: () => number }) => Promise<Store>;

/**
 * Everything the collection port promises, for one store. `openStore` opens it on the same data each time it is
 * called, as several processes do.
 */
export function collectionConformance(name: string, openStore: OpenStore, { runs }: { runs: number }): void {
  describe(`A collection in ${name}`, () => {
    const opened: Promise<Store>[] = [];
    let shared: Promise<Store> | undefined;
    let nouns = 0;
    const open = (now?: () => number) => {
      const store = openStore(now ? { now } : {}).then((made) => {
        made.reportTo({ warn: () => undefined });
        return made;
      });
      opened.push(store);
      return store;
    };
    const bench: Bench = {
      freshNoun: () => `thing${++nouns}`,
      async things(definition) {
        const store = await (shared ??= open());
        return store.open<Thing>({ ...thing(bench.freshNoun()), ...definition });
      },
      async reopened(noun, { now, definition } = {}) {
        return (await open(now)).open<Thing>({ ...thing(noun), ...definition });
      },
    };
    afterAll(async () => {
      for (const store of opened) await (await store).close();
    });

    collectionWrites(bench);
    collectionCounters(bench);
    collectionValues(bench);
    collectionReads(bench);
    collectionPages(bench);
    collectionChanges(bench);
    collectionFacts(bench);
    collectionOracle(bench, runs);

    test("its store answers a ping", async () => {
      const store = await (shared ??= open());
      await expect(store.ping()).resolves.toBeUndefined();
    });
  });
}
