import { AdapterCollection } from "./adapter-collection.ts";
import type { Collection } from "./collection.ts";
import type { DocumentAdapter } from "./document-adapter.ts";
import type { Shape } from "./shape.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
/** Views that were away for less than this still learn of every removal. */
const TOMBSTONE_DAYS = 30;

/**
 * Opens a collection over an adapter and keeps house for it: old tombstones go now and once a day. `now` answers
 * milliseconds since 1970; `released` is called once, when the collection closes.
 */
export async function openOverAdapter<T extends object>(
  adapter: DocumentAdapter,
  shape: Shape,
  { now, released }: { now(): number; released(): void | Promise<void> },
): Promise<Collection<T>> {
  await adapter.connect();
  const purge = () => adapter.purge(new Date(now() - TOMBSTONE_DAYS * DAY_MS).toISOString());
  await purge();
  // A purge that failed is made up for by the next one.
  const daily = setInterval(() => void purge().catch(() => undefined), DAY_MS).unref();
  let open = true;
  return new AdapterCollection<T>(adapter, shape, {
    now,
    async released() {
      if (!open) return;
      open = false;
      clearInterval(daily);
      await released();
    },
  });
}
