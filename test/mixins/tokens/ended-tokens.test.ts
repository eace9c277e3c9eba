import fc from "fast-check";
import { endedTokens, type EndedTokens, type Ending } from "../../../mixins/tokens/ended-tokens.ts";

const token = { tokenId: "jti", sessionId: "sid", accountId: "sub", after: 1000 };
const ending = (about: string, atMs: number): Ending => ({ about, atMs, forgottenAtMs: 5000 });
const isEndedBy = (given: Ending, shown: Parameters<EndedTokens["isEnded"]>[0] = token) => {
  const ended = endedTokens();
  ended.learn([given]);
  return ended.isEnded(shown);
};

test.each(["jti", "sid"])("an ending about its %s ends a token, whenever either was made", (about) => {
  for (const atMs of [0, 999, 1000, 1001]) expect([atMs, isEndedBy(ending(about, atMs))]).toEqual([atMs, true]);
});

test("an ending about its account ends a token that was not issued in knowledge of it", () => {
  expect([999, 1000, 1001].map((atMs) => isEndedBy(ending("sub", atMs)))).toEqual([false, false, true]);
  for (const atMs of [0, 1, 1001]) expect(isEndedBy(ending("sub", atMs), { ...token, after: undefined })).toBe(true);
});

test("endings about others end nothing", () => {
  const ended = endedTokens();
  ended.learn([ending("another", 9999), ending("", 9999), ending("__proto__", 9999)]);
  expect(ended.isEnded(token)).toBe(false);
});

test("in whatever order and however often endings are learnt, the latest about each thing counts", () => {
  const endings = fc.array(fc.record({ about: fc.constantFrom("jti", "sid", "sub", "x"), at: fc.nat(2000) }));
  fc.assert(
    fc.property(endings, fc.nat(), (given, turn) => {
      const ended = endedTokens();
      const list = given.map(({ about, at }) => ending(about, at));
      const shuffled = list.toSorted((a, b) => ((a.atMs * 31 + turn) % 17) - ((b.atMs * 31 + turn) % 17));
      ended.learn(shuffled);
      ended.learn(list);
      const covering = list.some(({ about, atMs }) => /jti|sid/.test(about) || (about === "sub" && atMs > token.after));
      expect(ended.isEnded(token)).toBe(covering);
    }),
  );
});

test("what has expired by itself is forgotten", () => {
  const ended = endedTokens();
  ended.learn([ending("sid", 2000)]);
  ended.forget(4999);
  expect(ended.isEnded(token)).toBe(true);
  ended.forget(5000);
  expect(ended.isEnded(token)).toBe(false);
});
