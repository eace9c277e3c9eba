import { setImmediate as turn } from "node:timers/promises";
import type { Collection, CollectionPage, Query, Stored } from "../../../mixins/collection/collection.ts";
import { folded } from "../../../mixins/folded.ts";

/** What a member is found by. A line break stands between, which no search can contain. */
export const searchTextOf = ({ handle, username }: { handle: string; username: string | null }): string =>
  folded(username === null ? handle : `${handle}\n${username}`);

const STRIDE = 500;

/**
 * A page by its number, from 1. Walks there in strides, between which others get their turn; so callers bound how deep
 * a page may lie.
 */
export async function pageByNumber<T extends object>(
  collection: Pick<Collection<T>, "find">,
  query: Pick<Query<T>, "filter" | "sort">,
  { page, size }: { page: number; size: number },
): Promise<Stored<T>[]> {
  let toSkip = (page - 1) * size;
  for (let cursor: string | undefined; ;) {
    const limit = Math.min(STRIDE, toSkip || size);
    const found: CollectionPage<T> = await collection.find({ ...query, limit, cursor });
    if (toSkip === 0) return found.items;
    if (found.nextCursor === null) return [];
    toSkip -= limit;
    cursor = found.nextCursor;
    await turn();
  }
}
