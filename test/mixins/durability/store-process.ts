import type { Collection } from "../../../mixins/collection/collection.ts";
import { sqliteStore } from "../../../mixins/collection/sqlite-store.ts";
import { ledger, type Entry } from "./ledger.ts";

/** A process that works on a shared file and does what its parent's messages say. Arguments: directory, name. */
const [, , directory = "", name = ""] = process.argv;
const store = sqliteStore({ directory });
const entries: Collection<Entry> = await store.open(ledger("normal"));

export type Order =
  | { kind: "compare-and-set"; id: string; rev: number; times: number }
  | { kind: "insert"; count: number }
  | { kind: "contest slots"; count: number }
  | { kind: "increment"; id: string; times: number };

/** Each answers how many of its writes were effective. */
const work: { [K in Order["kind"]]: (order: Extract<Order, { kind: K }>) => Promise<number> } = {
  async "compare-and-set"({ id, rev, times }) {
    const results = await Promise.all(repeat(times, () => entries.change(id, rev, { winner: name })));
    return results.filter((result) => result !== undefined).length;
  },
  async insert({ count }) {
    for (let n = 0; n < count; n++) await entries.insert({ id: `${name}-${n}`, n });
    return count;
  },
  async "contest slots"({ count }) {
    const results = await Promise.allSettled(repeat(count, (n) => entries.insert({ slot: `slot-${n}`, winner: name })));
    return results.filter(({ status }) => status === "fulfilled").length;
  },
  async increment({ id, times }) {
    await Promise.all(repeat(times, () => entries.increment(id, { n: 1 })));
    return times;
  },
};

const repeat = <R>(times: number, run: (n: number) => R): R[] => Array.from({ length: times }, (_, n) => run(n));

process.on("message", (order: Order) => {
  const run = work[order.kind] as (order: Order) => Promise<number>;
  void run(order).then(
    (effective) => process.send!({ effective }),
    (error: unknown) => process.send!({ failure: String(error) }),
  );
});
process.on("disconnect", () => void store.close());
process.send!({ effective: 0 });
