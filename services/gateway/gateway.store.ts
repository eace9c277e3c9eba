import { DuplicateKey, type Collection, type OpenCollection, type Stored } from "../../mixins/collection/collection.ts";
import { removeEvery } from "../../mixins/collection/every-match.ts";

/** What is remembered of a request that came with an Idempotency-Key; it holds nothing readable (see once.ts). */
interface RequestRecord {
  /** Hash of caller, route and key. */
  slot: string;
  fingerprint: string;
  /** `free`: the first attempt ended without an answer worth keeping; the next one repeats it. */
  state: "pending" | "done" | "free";
  /** The life of the process that runs it, and when its call has ended in any case (milliseconds since 1970). */
  holder: string;
  dueAt: number;
  /** Milliseconds since 1970. A pending record belongs to nobody after `leaseUntil`, no record lives past `expiresAt`. */
  leaseUntil: number;
  expiresAt: number;
  /** The sealed answer; null until done. */
  answer: string | null;
}

export type StoredRequest = Stored<RequestRecord>;

/** The gateway's own memory: one record per caller, route and Idempotency-Key. */
export interface GatewayStore {
  bySlot(slot: string): Promise<StoredRequest | undefined>;
  /** Undefined when the slot is taken. */
  claim(record: RequestRecord): Promise<StoredRequest | undefined>;
  /** Compare-and-set; undefined when somebody else was faster. */
  change(record: StoredRequest, patch: Partial<RequestRecord>): Promise<StoredRequest | undefined>;
  remove(record: StoredRequest): Promise<boolean>;
  /** Removes the records that expired before a time, 50,000 at most in one call; answers how many. */
  purge(before: number): Promise<number>;
  /** One read, to see that the store answers. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export async function openGatewayStore(open: OpenCollection): Promise<GatewayStore> {
  const requests = await open<RequestRecord>({
    service: "gateway",
    noun: "request",
    fields: { slot: "text", expiresAt: "integer" },
    unique: [["slot"]],
    indexes: [["expiresAt"]],
  });
  return gatewayStore(requests);
}

function gatewayStore(requests: Collection<RequestRecord>): GatewayStore {
  return {
    bySlot: async (slot) => (await requests.find({ filter: { slot }, limit: 1 })).items[0],
    async claim(record) {
      try {
        return await requests.insert(record);
      } catch (error) {
        if (error instanceof DuplicateKey) return undefined;
        throw error;
      }
    },
    change: (record, patch) => requests.change(record.id, record.rev, patch),
    remove: (record) => requests.remove(record.id, record.rev),
    purge: (before) => removeEvery(requests, { expiresAt: { lt: before } }),
    ping: async () => void (await requests.get("ping")),
    close: () => requests.close(),
  };
}
