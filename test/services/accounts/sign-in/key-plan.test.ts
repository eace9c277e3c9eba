import fc from "fast-check";
import { ACCESS_LIFE_MS } from "../../../../mixins/tokens/access-token.ts";
import {
  ANNOUNCED_MS,
  dueKey,
  KEY_LIFE_MS,
  publishedKeys,
  signingKey,
  type PlannedKey,
} from "../../../../services/accounts/sign-in/key-plan.ts";

const NOW_MS = Date.UTC(2026, 0, 1);
const first: PlannedKey = { generation: 1, signsFromMs: NOW_MS };
const second: PlannedKey = { generation: 2, signsFromMs: NOW_MS + KEY_LIFE_MS };

test("the first key signs from the moment it is made", () => {
  expect(dueKey([], NOW_MS)).toEqual(first);
  expect(signingKey([first], NOW_MS)).toBe(first);
});

test("the next one is made ten minutes before thirty days have passed, and signs when they have", () => {
  expect(dueKey([first], NOW_MS + KEY_LIFE_MS - ANNOUNCED_MS - 1)).toBeUndefined();
  expect(dueKey([first], NOW_MS + KEY_LIFE_MS - ANNOUNCED_MS)).toEqual(second);
  expect(signingKey([first, second], second.signsFromMs - 1)).toBe(first);
  expect(signingKey([first, second], second.signsFromMs)).toBe(second);
});

test("after a long silence the next one is announced all the same", () => {
  const lateMs = NOW_MS + 3 * KEY_LIFE_MS;
  expect(dueKey([first], lateMs)).toEqual({ generation: 2, signsFromMs: lateMs + ANNOUNCED_MS });
});

test("an old one stays published for as long as a token of it may live", () => {
  const lastTokenMs = second.signsFromMs + ACCESS_LIFE_MS;
  expect(publishedKeys([first, second], lastTokenMs)).toEqual([first, second]);
  expect(publishedKeys([first, second], lastTokenMs + ANNOUNCED_MS)).toEqual([second]);
});

test("by a clock that is behind the only key signs", () => {
  expect(signingKey([first], NOW_MS - 5000)).toBe(first);
});

test("whenever one looks, the key that signs is published, and was for ten minutes", () => {
  const pausesMs = fc.array(fc.integer({ min: 1, max: 2 * KEY_LIFE_MS }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(pausesMs, (pauses) => {
      const keys: (PlannedKey & { madeAtMs: number })[] = [];
      let nowMs = NOW_MS;
      for (const pause of pauses) {
        const due = dueKey(keys, nowMs);
        if (due) keys.push({ ...due, madeAtMs: nowMs });
        expect(dueKey(keys, nowMs)).toBeUndefined();
        const signing = signingKey(keys, nowMs)!;
        expect(publishedKeys(keys, nowMs)).toContain(signing);
        expect(signing.generation === 1 || nowMs - signing.madeAtMs >= ANNOUNCED_MS).toBe(true);
        nowMs += pause;
      }
    }),
  );
});
