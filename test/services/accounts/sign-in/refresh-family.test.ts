import fc from "fast-check";
import {
  firstGeneration,
  GRACE_MS,
  MOST_SPENT_LATELY,
  isToken,
  judge,
  LONGEST_SIGN_IN_MS,
  nextGeneration,
  readClaim,
  REFRESH_LIFE_MS,
  refreshKey,
  refreshToken,
  type RefreshFamily,
} from "../../../../services/accounts/sign-in/refresh-family.ts";

const key = refreshKey("a secret for tests only");
const family = (state: Partial<RefreshFamily> = {}): RefreshFamily => ({
  id: "0193b5a0-7d3c-7c3e-9f5e-0d8f4d1c2b3a",
  salt: "salt",
  ...firstGeneration(0),
  ...state,
});

describe("refresh tokens", () => {
  test("a token is itself again when issued again, and proves its generation only", () => {
    const token = refreshToken(key, family(), 3);
    expect(refreshToken(key, family(), 3)).toBe(token);
    expect(readClaim(token)).toEqual({ familyId: family().id, generation: 3 });
    expect(isToken(key, family(), 3, token)).toBe(true);
    expect(isToken(key, family(), 4, token)).toBe(false);
    expect(isToken(key, family({ salt: "other" }), 3, token)).toBe(false);
    expect(isToken(refreshKey("another secret"), family(), 3, token)).toBe(false);
  });

  test("a token with any one character changed is none", () => {
    const token = refreshToken(key, family(), 1);
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.string({ minLength: 1, maxLength: 1 }), (at, sign) => {
        fc.pre(token[at] !== sign);
        const altered = token.slice(0, at) + sign + token.slice(at + 1);
        expect(isToken(key, family(), readClaim(altered)?.generation ?? 1, altered)).toBe(false);
      }),
    );
  });

  test.each(["", "a", "a.b.c", "..", `${family().id}.0.${"a".repeat(43)}`, `${family().id}.01.${"a".repeat(43)}`])(
    "%j claims nothing",
    (text) => {
      expect(readClaim(text)).toBeUndefined();
    },
  );
});

describe("judging a genuine token", () => {
  const rotated = family({ generation: 4, rotatedAtMs: 1_000_000, expiresAtMs: 2_000_000 + REFRESH_LIFE_MS });
  test.each([
    ["the current one rotates", rotated, 4, 1_000_001, "rotate"],
    ["the one before repeats within the grace", rotated, 3, 1_000_000 + GRACE_MS, "repeat"],
    ["the one before is reused after the grace", rotated, 3, 1_000_001 + GRACE_MS, "reused"],
    ["one that was spent long before is reused", rotated, 2, 1_000_001, "reused"],
    ["the current one dies with its time", rotated, 4, rotated.expiresAtMs, "dead"],
    ["after logout the current one is dead", { ...rotated, endedBy: "logout" as const }, 4, 1_000_001, "dead"],
    ["after logout an old one is dead too", { ...rotated, endedBy: "logout" as const }, 3, 1_000_001, "dead"],
    ["after a reuse the current one is dead", { ...rotated, endedBy: "reuse" as const }, 4, 1_000_001, "dead"],
    ["after a reuse an old one is still reused", { ...rotated, endedBy: "reuse" as const }, 3, 1_000_001, "reused"],
    ["one from the future is dead", rotated, 5, 1_000_001, "dead"],
  ] as const)("%s", (_title, state, generation, nowMs, verdict) => {
    expect(judge(state, generation, nowMs)).toBe(verdict);
  });

  test("each spent generation repeats for 30 seconds after it was spent, whatever came after, and is reused then", () => {
    const pauses = fc.array(fc.integer({ min: 1, max: 20_000 }), { minLength: 1, maxLength: MOST_SPENT_LATELY });
    fc.assert(
      fc.property(pauses, fc.nat(2 * GRACE_MS), (lasting, laterMs) => {
        let [state, nowMs] = [family(), 1_000_000];
        const spentAtMs = lasting.map((pauseMs) => {
          nowMs += pauseMs;
          state = { ...state, ...nextGeneration(state, nowMs) };
          return nowMs;
        });
        const verdicts = spentAtMs.map((_, index) => judge(state, index + 1, nowMs + laterMs));
        const due = spentAtMs.map((atMs) => (nowMs + laterMs - atMs <= GRACE_MS ? "repeat" : "reused"));
        expect(verdicts).toEqual(due);
      }),
    );
  });

  test("what is kept of spent generations does not grow with them", () => {
    let state = family();
    for (let nowMs = 1; nowMs <= 1000; nowMs += 1) state = { ...state, ...nextGeneration(state, nowMs) };
    expect(state.spentLately).toHaveLength(MOST_SPENT_LATELY);
    expect(nextGeneration(state, 1001 + GRACE_MS).spentLately).toEqual([]);
  });

  test("refreshing every day keeps a sign-in alive for 90 days and no longer", () => {
    const dayMs = 24 * 3600_000;
    let state = family();
    for (let day = 1; judge(state, state.generation, day * dayMs) === "rotate"; day += 1) {
      state = { ...state, ...nextGeneration(state, day * dayMs) };
    }
    expect(state.generation).toBe(90);
    expect(state.expiresAtMs).toBe(LONGEST_SIGN_IN_MS);
  });
});
