import { randomBytes } from "node:crypto";
import type { RedisLink } from "../redis.ts";
import { LARGEST_KEPT, type Kept, type Look, type ResultCache } from "./result-cache.ts";

/** All results depend on it: dropping it drops everything. */
const EPOCH = "epoch";
/** Longer than any result is kept; a version that is gone only costs a run. */
const TAG_SECONDS = 2 * 3600;

/**
 * The cache that processes share. A tag's version is made by the first who asks for it and deleted by who drops it, so
 * a version that Redis lost can never be taken for a current one. What could not be dropped while Redis was out of
 * reach is made up for by dropping everything as soon as it is back, before this process reads or keeps again.
 */
export function redisCache(link: RedisLink): ResultCache {
  let failedDrops = 0;
  /** Grows whenever something may have changed without Redis having been told. */
  const doubts = () => link.outages() + failedDrops;
  let settledDoubts = 0;
  let settling: Promise<void> | undefined;

  async function settle(): Promise<void> {
    const settled = doubts();
    await link.client().unlink(tagKey(EPOCH));
    settledDoubts = settled;
  }

  async function settleDoubts(): Promise<void> {
    if (doubts() === settledDoubts) return;
    await (settling ??= settle().finally(() => (settling = undefined)));
  }

  /** The text kept under an entry's key and the versions of all tags; those that are missing are made. */
  async function read(entry: string, tags: readonly string[]): Promise<Look> {
    const keys = [EPOCH, ...tags].map(tagKey);
    const [text, ...versions] = await link.client().mget(entryKey(entry), ...keys);
    const known = joined(versions);
    if (known !== undefined) return { versions: known, ...textOf(text, known) };
    const missing = keys.filter((_, at) => versions[at] === null);
    await Promise.all(missing.map((key) => link.client().set(key, newVersion(), "EX", TAG_SECONDS, "NX")));
    const made = joined(await link.client().mget(...keys));
    return made === undefined ? {} : { versions: made };
  }

  return {
    look: async (entry, tags) => {
      try {
        await settleDoubts();
        return await read(entry, tags);
      } catch {
        return {};
      }
    },
    async keep(entry, { text, versions, ttlSeconds }: Kept) {
      if (text.length > LARGEST_KEPT) return;
      try {
        await settleDoubts();
        await link.client().set(entryKey(entry), `${versions}\n${text}`, "PX", Math.ceil(ttlSeconds * 1000));
      } catch {
        // It is computed again.
      }
    },
    async drop(tags) {
      try {
        await link.client().unlink(...tags.map(tagKey));
      } catch {
        failedDrops++;
      }
    },
  };
}

const entryKey = (entry: string) => `cache:result:${entry}`;
const tagKey = (tag: string) => `cache:tag:${tag}`;
const newVersion = () => randomBytes(9).toString("base64url");
const joined = (versions: readonly (string | null | undefined)[]) =>
  versions.every((version) => typeof version === "string") ? versions.join() : undefined;

/** A result is stored below the versions it depends on. */
const textOf = (stored: string | null | undefined, versions: string) =>
  stored?.startsWith(`${versions}\n`) ? { text: stored.slice(versions.length + 1) } : {};
