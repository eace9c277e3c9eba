/** What is remembered of wrong guesses at one thing: an account's password, say, or whatever comes from one network. */
export interface FailedAttempts {
  failures: number;
  /** No attempt before this time, Unix milliseconds. */
  lockedUntilMs: number;
  /** From this time on the failures count no more. */
  forgottenAtMs: number;
}

const FREE_FAILURES = 5;
const FIRST_LOCK_MS = 30_000;
const LONGEST_LOCK_MS = 15 * 60_000;
const MEMORY_MS = 15 * 60_000;

/** Whole seconds until the next attempt may be made; 0 when it may be made now. */
export function secondsToWait(memory: FailedAttempts | undefined, nowMs: number): number {
  return memory ? Math.max(0, Math.ceil((memory.lockedUntilMs - nowMs) / 1000)) : 0;
}

/**
 * The memory after one more failure. The fifth locks for 30 seconds, each further one for twice as long as the one
 * before, 15 minutes at most. A quarter of an hour in which an attempt could have failed and none did forgets them all.
 */
export function afterFailure(memory: FailedAttempts | undefined, nowMs: number): FailedAttempts {
  const failures = memory && memory.forgottenAtMs > nowMs ? memory.failures + 1 : 1;
  const lockedUntilMs = failures < FREE_FAILURES ? 0 : nowMs + lockMs(failures);
  return { failures, lockedUntilMs, forgottenAtMs: Math.max(nowMs, lockedUntilMs) + MEMORY_MS };
}

const lockMs = (failures: number) => Math.min(LONGEST_LOCK_MS, FIRST_LOCK_MS * 2 ** (failures - FREE_FAILURES));
