import fc from "fast-check";
import {
  afterFailure,
  secondsToWait,
  type FailedAttempts,
} from "../../../../services/accounts/sign-in/failed-attempts.ts";

const MINUTE_MS = 60_000;
const failTimes = (times: readonly number[]) =>
  times.reduce<FailedAttempts | undefined>((memory, nowMs) => afterFailure(memory, nowMs), undefined);

describe("failed attempts", () => {
  test("four cost nothing, the fifth 30 seconds", () => {
    expect(secondsToWait(undefined, 1000)).toBe(0);
    expect(secondsToWait(failTimes([1000, 1000, 1000, 1000]), 1000)).toBe(0);
    const locked = failTimes([1000, 1000, 1000, 1000, 1000]);
    expect(secondsToWait(locked, 1000)).toBe(30);
    expect(secondsToWait(locked, 30_999)).toBe(1);
    expect(secondsToWait(locked, 31_000)).toBe(0);
  });

  test.each([
    [6, 60],
    [7, 120],
    [8, 240],
    [9, 480],
    [10, 900],
    [11, 900],
    [5000, 900],
  ])("the %sth costs %s seconds", (failures, seconds) => {
    expect(secondsToWait(failTimes(Array<number>(failures).fill(0)), 0)).toBe(seconds);
  });

  test("a quarter of an hour in which none happened forgets the ones before", () => {
    expect(failTimes([0, 0, 0, 0, 15 * MINUTE_MS])).toMatchObject({ failures: 1, lockedUntilMs: 0 });
    expect(failTimes([0, 0, 0, 0, 15 * MINUTE_MS - 1])).toMatchObject({ failures: 5 });
  });

  test("the time of a lock is none in which one could have happened", () => {
    const longest = Array<number>(10).fill(0);
    expect(failTimes([...longest, 30 * MINUTE_MS - 1])).toMatchObject({ failures: 11 });
    expect(failTimes([...longest, 30 * MINUTE_MS])).toMatchObject({ failures: 1 });
  });

  test("whoever obeys it gets five guesses at once and then ever fewer: at most 12 in an hour without a rest", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 14 * MINUTE_MS }), { maxLength: 100 }), (pauses) => {
        let memory: FailedAttempts | undefined;
        let guesses = 0;
        let nowMs = 0;
        for (const pause of pauses) {
          nowMs = Math.max(nowMs, Math.min(nowMs + pause, memory ? memory.forgottenAtMs - 1 : Infinity));
          if (nowMs >= 60 * MINUTE_MS) break;
          if (secondsToWait(memory, nowMs) > 0) continue;
          memory = afterFailure(memory, nowMs);
          guesses += 1;
        }
        expect(guesses).toBeLessThanOrEqual(12);
      }),
    );
  });
});
