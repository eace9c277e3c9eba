import fc from "fast-check";
import { afterFailure, secondsToWait, type FailedSignIns } from "../../../../services/accounts/sign-in/login-guard.ts";

const failTimes = (times: readonly number[]) =>
  times.reduce<FailedSignIns | undefined>((memory, nowMs) => afterFailure(memory, nowMs), undefined);

describe("the login guard", () => {
  test("four failures cost nothing, the fifth 30 seconds", () => {
    expect(secondsToWait(undefined, 1000)).toBe(0);
    expect(secondsToWait(failTimes([1000, 1000, 1000, 1000]), 1000)).toBe(0);
    const locked = failTimes([1000, 1000, 1000, 1000, 1000]);
    expect(secondsToWait(locked, 1000)).toBe(30);
    expect(secondsToWait(locked, 30_999)).toBe(1);
    expect(secondsToWait(locked, 31_000)).toBe(0);
  });

  test("each further failure locks again", () => {
    expect(secondsToWait(failTimes([0, 0, 0, 0, 0, 40_000]), 40_000)).toBe(30);
  });

  test("a quarter of an hour without a failure forgets the ones before", () => {
    expect(failTimes([0, 0, 0, 0, 15 * 60_000])).toMatchObject({ failures: 1, lockedUntilMs: 0 });
    expect(failTimes([0, 0, 0, 0, 15 * 60_000 - 1])).toMatchObject({ failures: 5 });
  });

  test("whoever obeys it gets at most five guesses at once and then one every 30 seconds", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 60_000 }), { minLength: 1, maxLength: 60 }), (pauses) => {
        const guesses: number[] = [];
        let memory: FailedSignIns | undefined;
        let nowMs = 0;
        for (const pause of pauses) {
          nowMs += pause;
          if (secondsToWait(memory, nowMs) > 0) continue;
          memory = afterFailure(memory, nowMs);
          guesses.push(nowMs);
        }
        const soonest = guesses.slice(5).map((at, index) => at - guesses[index + 4]!);
        expect(soonest.every((gap) => gap >= 30_000)).toBe(true);
      }),
    );
  });
});
