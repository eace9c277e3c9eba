import { ACCESS_LIFE_MS, isCanonical } from "../../../mixins/tokens/access-token.ts";
import { accessVerifier, type AccessVerifier } from "../../../mixins/tokens/access-verifier.ts";
import { keyCache } from "../../../mixins/tokens/key-cache.ts";
import { csrfTokens } from "../../../mixins/tokens/csrf-token.ts";
import { testIssuer } from "../../token-issuer.ts";
import { badTokens, tokenMaker } from "./bad-tokens.ts";

const NOW_MS = Date.UTC(2026, 0, 1) + 123;
const claims = { accountId: "0193b5a0-7d3c-7c3e-9f5e-0d8f4d1c2b3a", roles: ["member"], sessionId: "session-1" };
const issuer = testIssuer();

let nowMs: number;
let ended: Set<string>;
let verifier: AccessVerifier;
beforeEach(() => {
  nowMs = NOW_MS;
  ended = new Set();
  const keys = keyCache(() => Promise.resolve(issuer.published));
  verifier = accessVerifier({ keys, isEnded: ({ tokenId }) => ended.has(tokenId), clock: () => nowMs });
});

describe("a token", () => {
  test("says who it speaks for, and to the millisecond from when to when", async () => {
    expect(await verifier.verify(await issuer.sign(claims, NOW_MS))).toEqual({
      ...claims,
      tokenId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      issuedAtMs: NOW_MS,
      expiresAtMs: NOW_MS + ACCESS_LIFE_MS,
    });
  });

  test("names its key and holds what RFC 9068 asks for, and nothing secret", async () => {
    const [header, payload] = (await issuer.sign(claims, NOW_MS))
      .split(".")
      .slice(0, 2)
      .map((part) => JSON.parse(Buffer.from(part, "base64url").toString()) as object);
    expect(header).toEqual({ alg: "EdDSA", typ: "at+jwt", kid: "key-1" });
    expect(Object.keys(payload!).sort()).toEqual(["aud", "exp", "iat", "iss", "jti", "roles", "sid", "sub"]);
  });

  test("that comes after an ending about its account says after which", async () => {
    const token = await issuer.sign({ ...claims, after: 1234 }, NOW_MS);
    expect(await verifier.verify(token)).toMatchObject({ ...claims, after: 1234 });
  });

  test("lives for fifteen minutes to the millisecond, however often it is shown", async () => {
    const token = await issuer.sign(claims, NOW_MS);
    for (const [passedMs, isGood] of [
      [0, true],
      [ACCESS_LIFE_MS - 1, true],
      [ACCESS_LIFE_MS, false],
    ] as const) {
      nowMs = NOW_MS + passedMs;
      expect([passedMs, (await verifier.verify(token)) !== undefined]).toEqual([passedMs, isGood]);
    }
  });

  test("of a clock that is a little ahead is good, of one that is far ahead it is not", async () => {
    expect(await verifier.verify(await issuer.sign(claims, NOW_MS + 4000))).toMatchObject(claims);
    expect(await verifier.verify(await issuer.sign(claims, NOW_MS + 60_000))).toBeUndefined();
  });

  test("of the same moment as another one is another one", async () => {
    const [one, two] = await Promise.all([issuer.sign(claims, NOW_MS), issuer.sign(claims, NOW_MS)]);
    expect(one).not.toBe(two);
  });

  test("that was good before is refused once it is ended", async () => {
    const token = await issuer.sign(claims, NOW_MS);
    const { tokenId } = (await verifier.verify(token))!;
    ended.add(tokenId);
    expect(await verifier.verify(token)).toBeUndefined();
  });
});

test("a token that was good is refused once its key is published no more", async () => {
  const published = [issuer.publicKey];
  const keys = keyCache(() => Promise.resolve(published));
  const rotating = accessVerifier({ keys, isEnded: () => false, clock: () => nowMs });
  const token = await issuer.sign(claims, NOW_MS);
  expect(await rotating.verify(token)).toMatchObject(claims);
  published.push(testIssuer("key-2").publicKey);
  await keys.refresh();
  expect(await rotating.verify(token)).toMatchObject(claims);
  published.shift();
  await keys.refresh();
  expect(await rotating.verify(token)).toBeUndefined();
});

describe("what is no token of ours", () => {
  const maker = tokenMaker(issuer, () => ({ claims, nowMs: NOW_MS }));

  test("the maker of bad tokens makes good ones, too", async () => {
    expect(await verifier.verify(await maker.make())).toMatchObject(claims);
  });

  test.each(badTokens(maker))("%s is refused", async (_title, make) => {
    expect(await verifier.verify(await make())).toBeUndefined();
  });

  test("every other spelling of the same bytes is another text", async () => {
    const token = await issuer.sign(claims, NOW_MS);
    const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const bytes = (text: string) => text.split(".").map((part) => Buffer.from(part, "base64url").toString("hex"));
    const twins = [...letters].map((letter) => token.slice(0, -1) + letter).filter((twin) => twin !== token);
    const same = twins.filter((twin) => bytes(twin).join() === bytes(token).join());
    expect(same.length).toBeGreaterThan(0);
    expect(same.filter(isCanonical)).toEqual([]);
  });
});

test("a CSRF token belongs to its session and its secret", () => {
  const [ours, theirs] = ["one secret", "another secret"].map(csrfTokens) as [CsrfToken, CsrfToken];
  expect(ours("session-1")).toBe(ours("session-1"));
  expect(new Set([ours("session-1"), ours("session-2"), theirs("session-1")]).size).toBe(3);
});
type CsrfToken = ReturnType<typeof csrfTokens>;
