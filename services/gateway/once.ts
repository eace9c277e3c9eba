import type { Reply } from "./domain/reply.ts";
import type { RequestKeys } from "./request-keys.ts";
import { IdempotencyInProgress, IdempotencyKeyReused } from "./gateway.contract.ts";
import type { GatewayStore, StoredRequest } from "./gateway.store.ts";

const KEPT_MS = 24 * 60 * 60 * 1000;
/**
 * Larger answers are not kept; a repetition runs again under the same once-key. Bytes. Anybody may send keys who is not
 * signed in, hundreds a minute: what must not happen twice there (signing up and in) answers in far less than this.
 */
const LARGEST_KEPT = { ofAccount: 1_000_000, ofStranger: 16_000 };
const PURGE_EVERY_MS = 10 * 60 * 1000;

export interface Once {
  /**
   * Runs a keyed request at most once at a time and gives its first answer to every repetition. `run` gets the
   * once-key: it stays the same for all attempts, so that owners who store it under a unique key write once.
   */
  answer(keys: RequestKeys, run: KeyedRun): Promise<Reply>;
  stop(): void;
}

export interface KeyedRun {
  /** Its call ends by then, well or badly. */
  deadlineMs: number;
  isSignedIn: boolean;
  call(onceKey: string): Promise<Reply>;
}

interface OnceOptions {
  store: GatewayStore;
  /** Longer than the longest deadline: whoever has not answered by then has died. */
  leaseMs: number;
  /** Names this life of this process. */
  holder: string;
  /** Whether no process of that name is seen: what it ran past its deadline need not wait for the lease to end. */
  isGone: (holder: string) => boolean;
  clock: () => number;
}

/** A process may not see all others for so long, and writes its answer down after its call has ended. */
const GRACE_MS = 2000;

/** Idempotency keys over the gateway's store. A record is written before the call and stays for a day. */
export function once({ store, leaseMs, holder, isGone, clock }: OnceOptions): Once {
  const purging = setInterval(() => void store.purge(clock()).catch(() => 0), PURGE_EVERY_MS).unref();

  /** The record that this attempt may run under, or the one that holds the first answer. */
  async function claim(keys: RequestKeys, deadlineMs: number): Promise<{ record: StoredRequest; mine: boolean }> {
    const lease = () => ({
      ...{ state: "pending" as const, holder },
      ...{ dueAt: clock() + deadlineMs + GRACE_MS, leaseUntil: clock() + leaseMs },
    });
    const isFree = (known: StoredRequest) =>
      known.state === "free" || known.leaseUntil <= clock() || (known.dueAt <= clock() && isGone(known.holder));
    const { slot, fingerprint } = keys;
    const fresh = await store.claim({ slot, fingerprint, ...lease(), expiresAt: clock() + KEPT_MS, answer: null });
    if (fresh) return { record: fresh, mine: true };
    const known = await store.bySlot(slot);
    if (!known || known.expiresAt <= clock()) {
      if (known) await store.remove(known);
      return claim(keys, deadlineMs);
    }
    if (known.fingerprint !== fingerprint) throw IdempotencyKeyReused();
    if (known.state === "done") return { record: known, mine: false };
    const taken = isFree(known) ? await store.change(known, lease()) : undefined;
    if (!taken) throw IdempotencyInProgress({ retryAfterSeconds: 1 });
    return { record: taken, mine: true };
  }

  async function run(record: StoredRequest, keys: RequestKeys, { call, isSignedIn }: KeyedRun) {
    const reply = await call(record.id);
    const largest = isSignedIn ? LARGEST_KEPT.ofAccount : LARGEST_KEPT.ofStranger;
    const kept = isFinal(reply) && Buffer.byteLength(reply.body) <= largest ? JSON.stringify(reply) : undefined;
    const patch = kept ? { state: "done" as const, answer: keys.seal(kept) } : { state: "free" as const };
    await store.change(record, patch);
    return reply;
  }

  return {
    async answer(keys, asked) {
      const { record, mine } = await claim(keys, asked.deadlineMs);
      if (mine) return run(record, keys, asked);
      const kept = record.answer === null ? undefined : keys.unseal(record.answer);
      if (kept === undefined) throw IdempotencyKeyReused();
      const reply = JSON.parse(kept) as Reply;
      return { ...reply, headers: { ...reply.headers, "Idempotency-Replayed": "true" } };
    },
    stop: () => clearInterval(purging),
  };
}

/** What the very same request may be answered otherwise once its caller has proved more, or waited. */
const NOT_NOW = new Set([401, 403, 429]);

const isFinal = ({ status }: Reply) => status < 500 && !NOT_NOW.has(status);
