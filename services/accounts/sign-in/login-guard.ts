/** What is remembered of failed sign-ins with one e-mail address, whether an account has it or not. */
export interface FailedSignIns {
  failures: number;
  /** No attempt before this time, Unix milliseconds. */
  lockedUntilMs: number;
  /** From this time on the failures count no more. */
  forgottenAtMs: number;
}

const FREE_FAILURES = 5;
const LOCK_MS = 30_000;
const MEMORY_MS = 15 * 60_000;

/** Whole seconds until the next attempt may be made; 0 when it may be made now. */
export function secondsToWait(memory: FailedSignIns | undefined, nowMs: number): number {
  return memory ? Math.max(0, Math.ceil((memory.lockedUntilMs - nowMs) / 1000)) : 0;
}

/**
 * The memory after one more failure. The fifth locks for 30 seconds, and so does each further one until a sign-in
 * succeeds or a quarter of an hour passes without a failure.
 */
export function afterFailure(memory: FailedSignIns | undefined, nowMs: number): FailedSignIns {
  const failures = memory && memory.forgottenAtMs > nowMs ? memory.failures + 1 : 1;
  return {
    failures,
    lockedUntilMs: failures >= FREE_FAILURES ? nowMs + LOCK_MS : 0,
    forgottenAtMs: nowMs + MEMORY_MS,
  };
}
