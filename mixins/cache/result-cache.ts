/**
 * Keeps results for a while. A result depends on tags: each tag has a version, a result is kept with the versions its
 * tags had before it was computed, and is good while they are still the same. So what was computed before a change and
 * kept after it is never given to anybody. Nothing here rejects: a cache that does not answer has nothing.
 */
export interface ResultCache {
  /** Asks for a result, as text, and for the versions of its tags. */
  look(entry: string, tags: readonly string[]): Promise<Look>;
  keep(entry: string, result: Kept): Promise<void>;
  /** Gives tags new versions. Once it has resolved, no result that depends on them is good in this process any more. */
  drop(tags: readonly string[]): Promise<void>;
}

export interface Look {
  /** Undefined when there is no good result. */
  text?: string;
  /** The versions of all tags; undefined when they cannot be known, and then nothing may be kept or shared. */
  versions?: string;
}

export interface Kept {
  text: string;
  versions: string;
  ttlSeconds: number;
}

/** Results above this many characters are not kept. */
export const LARGEST_KEPT = 1_000_000;
