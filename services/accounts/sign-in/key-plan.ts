import { ACCESS_LIFE_MS } from "../../../mixins/tokens/access-token.ts";

/** When signing keys follow one another: each signs from its moment until the next one does. */
export interface PlannedKey {
  /** 1, 2, 3 … without holes. */
  generation: number;
  /** Unix milliseconds. */
  signsFromMs: number;
}

/** So long a key signs. */
export const KEY_LIFE_MS = 30 * 24 * 3600_000;
/** So long before it signs a key is published: those who check tokens keep keys for a while. */
export const ANNOUNCED_MS = 10 * 60_000;
/** So long after its last token has expired a key stays published: not every process looks at the same moment. */
const LINGERS_MS = ANNOUNCED_MS;

/** The key to sign with; of keys that are all still to come (by a slow clock) the first. `keys` in order. */
export const signingKey = <K extends PlannedKey>(keys: readonly K[], nowMs: number): K | undefined =>
  keys.findLast(({ signsFromMs }) => signsFromMs <= nowMs) ?? keys[0];

/** The keys by which tokens may be good, those that are yet to sign among them. */
export const publishedKeys = <K extends PlannedKey>(keys: readonly K[], nowMs: number): K[] =>
  keys.filter((_key, index) => {
    const successor = keys[index + 1];
    return !successor || successor.signsFromMs + ACCESS_LIFE_MS + LINGERS_MS > nowMs;
  });

/** The key that has to be made now. The very first signs at once; nobody can have kept an older answer. */
export function dueKey(keys: readonly PlannedKey[], nowMs: number): PlannedKey | undefined {
  const newest = keys.at(-1);
  if (!newest) return { generation: 1, signsFromMs: nowMs };
  const dueMs = newest.signsFromMs + KEY_LIFE_MS;
  if (nowMs < dueMs - ANNOUNCED_MS) return undefined;
  return { generation: newest.generation + 1, signsFromMs: Math.max(dueMs, nowMs + ANNOUNCED_MS) };
}
