import { keyedDigest, type KeyedDigest } from "../../../mixins/keyed-digest.ts";
import { isSameText } from "../../../mixins/same-text.ts";
import { REFRESH_SECONDS } from "../../../mixins/session-cookies.ts";

/**
 * The refresh tokens of one sign-in. Each is spent by one refresh and followed by the next generation. No token is
 * stored: it is the family's id, its generation and an HMAC over both and the family's salt, so the current one can
 * be issued again, and neither the store nor the key alone is enough to make one.
 */
export interface RefreshFamily {
  id: string;
  salt: string;
  /** Generation of the current token, from 1. */
  generation: number;
  /** When the token before it was spent; 0 in the first generation. */
  rotatedAtMs: number;
  /** Those before that one whose grace may last still, oldest first. */
  spentLately?: readonly { generation: number; atMs: number }[];
  startedAtMs: number;
  /** When the current token expires. */
  expiresAtMs: number;
  endedBy: SessionEnd | null;
}

/** Why a sign-in is over before its time. */
export type SessionEnd =
  | "logout"
  | "reuse"
  | "owner"
  | "passwordChange"
  | "emailChange"
  | "suspension"
  | "deletion"
  /** Too many newer ones of the same account. */
  | "crowd";

export const REFRESH_LIFE_MS = REFRESH_SECONDS * 1000;
/** However often it is refreshed, a sign-in ends after this time. */
export const LONGEST_SIGN_IN_MS = 90 * 24 * 3600_000;
/** Browser tabs that refresh at once all present the same token; so late may the slowest come. */
export const GRACE_MS = 30_000;
/** Nobody refreshes more often within the grace; who does loses it for the oldest. */
export const MOST_SPENT_LATELY = 16;

export const refreshKey = (secret: string): KeyedDigest => keyedDigest(secret, "refresh family 1");

/** The token of one generation of a family. */
export function refreshToken(
  key: KeyedDigest,
  { id, salt }: Pick<RefreshFamily, "id" | "salt">,
  generation: number,
): string {
  const body = `${id}.${generation}`;
  return `${body}.${key(`${body}.${salt}`)}`;
}

/** What a text claims to be, unproven; undefined for what cannot be a token. */
export function readClaim(token: string): { familyId: string; generation: number } | undefined {
  const [, familyId, generation] = /^([0-9a-f-]{36})\.([1-9]\d{0,8})\.[\w-]{43}$/.exec(token) ?? [];
  return familyId && generation ? { familyId, generation: Number(generation) } : undefined;
}

/** Whether the text is, byte for byte, the family's token of that generation. */
export function isToken(key: KeyedDigest, family: RefreshFamily, generation: number, token: string): boolean {
  return isSameText(refreshToken(key, family, generation), token);
}

/**
 * What a genuine token of some generation is good for: `rotate` makes the next generation, `repeat` gives the current
 * token once more, `reused` means that somebody else has a copy (the family must end), `dead` that it is over anyway.
 */
export function judge(
  family: RefreshFamily,
  generation: number,
  nowMs: number,
): "rotate" | "repeat" | "reused" | "dead" {
  if (family.endedBy === "reuse" && generation < family.generation) return "reused";
  if (family.endedBy || family.expiresAtMs <= nowMs || generation > family.generation) return "dead";
  if (generation === family.generation) return "rotate";
  const spent = spentLately(family).find((each) => each.generation === generation);
  return spent && isInGrace(spent, nowMs) ? "repeat" : "reused";
}

/** Each generation has its own grace: a tab that is slow may come after others have gone on twice. */
const spentLately = ({ generation, rotatedAtMs, spentLately: before = [] }: RefreshFamily) => [
  ...before,
  { generation: generation - 1, atMs: rotatedAtMs },
];
const isInGrace = ({ atMs }: { atMs: number }, nowMs: number) => nowMs - atMs <= GRACE_MS;

/** A family's first state. */
export const firstGeneration = (nowMs: number) => ({
  generation: 1,
  rotatedAtMs: 0,
  startedAtMs: nowMs,
  expiresAtMs: nowMs + REFRESH_LIFE_MS,
  endedBy: null,
});

/** What changes when the current token is spent. */
export const nextGeneration = (family: RefreshFamily, nowMs: number) => ({
  generation: family.generation + 1,
  rotatedAtMs: nowMs,
  spentLately: spentLately(family)
    .filter((each) => isInGrace(each, nowMs))
    .slice(-MOST_SPENT_LATELY),
  expiresAtMs: Math.min(nowMs + REFRESH_LIFE_MS, family.startedAtMs + LONGEST_SIGN_IN_MS),
});
