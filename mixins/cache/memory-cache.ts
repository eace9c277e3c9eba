import { LARGEST_KEPT, type Kept, type Look, type ResultCache } from "./result-cache.ts";

interface MemoryCacheOptions {
  /** Characters of all results together. Default 32 million. */
  room?: number;
  /** Milliseconds since 1970. */
  clock?: () => number;
}

const MOST_TAGS = 100_000;

/** The cache of a process that is alone. What was not asked for longest makes room for what is new. */
export function memoryCache({ room = 32_000_000, clock = Date.now }: MemoryCacheOptions = {}): ResultCache {
  const entries = new Map<string, Kept & { until: number }>();
  const tagVersions = new Map<string, number>();
  let used = 0;
  let lastVersion = 0;

  function remove(entry: string): void {
    used -= entries.get(entry)?.text.length ?? 0;
    entries.delete(entry);
  }

  /** A tag that is not known (any more) gets a version that no result was kept with. */
  function versionOf(tag: string): number {
    const version = tagVersions.get(tag) ?? ++lastVersion;
    putLast(tagVersions, tag, version);
    if (tagVersions.size > MOST_TAGS) tagVersions.delete(firstOf(tagVersions));
    return version;
  }

  return {
    async look(entry, tags): Promise<Look> {
      const versions = tags.map(versionOf).join();
      const kept = entries.get(entry);
      if (kept?.versions !== versions || kept.until <= clock()) return { versions };
      putLast(entries, entry, kept);
      return { text: kept.text, versions };
    },
    async keep(entry, result) {
      remove(entry);
      if (result.text.length > Math.min(LARGEST_KEPT, room)) return;
      entries.set(entry, { ...result, until: clock() + result.ttlSeconds * 1000 });
      used += result.text.length;
      while (used > room) remove(firstOf(entries));
    },
    async drop(tags) {
      for (const tag of tags) tagVersions.delete(tag);
    },
  };
}

const firstOf = <T>(map: Map<string, T>): string => map.keys().next().value!;

function putLast<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
}
