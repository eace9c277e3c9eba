import type { Collection, Filter, Sort, Stored } from "./collection.ts";

const BATCH = 500;
/** So often at most, lest a removal never ends where others add as fast; the next call goes on. */
const MOST_BATCHES = 100;

/** All documents that match, for filters that match few; without a sort in the order of their ids. */
export async function findEvery<T extends object>(
  collection: Collection<T>,
  filter: Filter<T>,
  sort: Sort<T> = [],
): Promise<Stored<T>[]> {
  const found: Stored<T>[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await collection.find({ filter, sort, limit: BATCH, cursor });
    found.push(...page.items);
    cursor = page.nextCursor;
  }
  return found;
}

/**
 * Removes the documents that match, each only as it was found: one that changes meanwhile stays for the next call.
 * Answers how many; at most 50,000 in one call.
 */
export async function removeEvery<T extends object>(collection: Collection<T>, filter: Filter<T>): Promise<number> {
  let count = 0;
  for (let batch = 1; batch <= MOST_BATCHES; batch += 1) {
    const { items } = await collection.find({ filter, limit: BATCH });
    const removed = await Promise.all(items.map(({ id, rev }) => collection.remove(id, rev)));
    count += removed.filter(Boolean).length;
    if (items.length < BATCH) break;
  }
  return count;
}
