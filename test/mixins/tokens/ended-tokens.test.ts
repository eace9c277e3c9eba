import fc from "fast-check";
import { endedTokens, type Ending } from "../../../mixins/tokens/ended-tokens.ts";

const token = { tokenId: "jti", sessionId: "sid", accountId: "sub", issuedAtMs: 1000 };
const ending = (about: string, issuedUpToMs: number): Ending => ({ about, issuedUpToMs, forgottenAtMs: 5000 });

test.each(["jti", "sid", "sub"])("an ending about its %s ends a token that was issued up to that moment", (about) => {
  for (const [issuedUpToMs, isEnded] of [
    [999, false],
    [1000, true],
    [1001, true],
  ] as const) {
    const ended = endedTokens();
    ended.learn([ending(about, issuedUpToMs)]);
    expect([issuedUpToMs, ended.isEnded(token)]).toEqual([issuedUpToMs, isEnded]);
  }
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
      const shuffled = list.toSorted(
        (a, b) => ((a.issuedUpToMs * 31 + turn) % 17) - ((b.issuedUpToMs * 31 + turn) % 17),
      );
      ended.learn(shuffled);
      ended.learn(list);
      const covering = list.some(({ about, issuedUpToMs }) => about !== "x" && issuedUpToMs >= token.issuedAtMs);
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
