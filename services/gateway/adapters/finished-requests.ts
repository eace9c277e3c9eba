import type { RedisLink } from "../../../mixins/redis.ts";
import type { GatewayStore, StoredRequest } from "../gateway.store.ts";

/** Repetitions come within minutes; later ones find the record in the store. */
const KEPT_MS = 10 * 60 * 1000;

const keyOf = (slot: string) => `once:${slot}`;

/**
 * A gateway's store with a copy of finished records in Redis, from which repetitions are answered. A finished record
 * never changes until it expires, and the copy is gone by then; all else, and everything while Redis is out of reach,
 * comes from the store. The answers in the records are sealed.
 */
export function withFinishedRequests(store: GatewayStore, redis: RedisLink, clock: () => number): GatewayStore {
  async function finished(slot: string): Promise<StoredRequest | undefined> {
    const text = await redis
      .client()
      .get(keyOf(slot))
      .catch(() => null);
    const record = text === null ? undefined : (JSON.parse(text) as StoredRequest);
    return record && record.expiresAt > clock() ? record : undefined;
  }

  async function keep(record: StoredRequest | undefined): Promise<void> {
    const leftMs = Math.min(KEPT_MS, (record?.expiresAt ?? 0) - clock());
    if (record?.state !== "done" || leftMs <= 0) return;
    await redis
      .client()
      .set(keyOf(record.slot), JSON.stringify(record), "PX", leftMs)
      .catch(() => undefined);
  }

  return {
    ...store,
    bySlot: async (slot) => (await finished(slot)) ?? store.bySlot(slot),
    claim: async (record) => ((await finished(record.slot)) ? undefined : store.claim(record)),
    async change(record, patch) {
      const changed = await store.change(record, patch);
      void keep(changed);
      return changed;
    },
  };
}
