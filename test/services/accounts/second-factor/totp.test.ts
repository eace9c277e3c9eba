import fc from "fast-check";
import { base32 } from "../../../../services/accounts/second-factor/base32.ts";
import { codeOf, keyUri, stepOfCode, timeStep } from "../../../../services/accounts/second-factor/totp.ts";

const DIGITS = "1234567890";
/** The secrets of RFC 6238 appendix B have as many bytes as the hash. */
const secretOf = (bytes: number) => Buffer.from(DIGITS.repeat(7).slice(0, bytes));
const SECRET = secretOf(20);

describe("codes are those of the standards", () => {
  const COUNTED = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"];
  test.each(COUNTED.map((code, counter) => [counter, code] as const))(
    "counter %i gives %s (RFC 4226 appendix D)",
    (counter, code) => expect(codeOf(SECRET, counter)).toBe(code),
  );

  test.each([
    [59, "94287082", "46119246", "90693936"],
    [1_111_111_109, "07081804", "68084774", "25091201"],
    [1_111_111_111, "14050471", "67062674", "99943326"],
    [1_234_567_890, "89005924", "91819424", "93441116"],
    [2_000_000_000, "69279037", "90698825", "38618901"],
    [20_000_000_000, "65353130", "77737706", "47863826"],
  ])("second %i gives %s, %s and %s (RFC 6238 appendix B)", (second, sha1, sha256, sha512) => {
    const step = timeStep(second * 1000);
    expect([
      codeOf(secretOf(20), step, { digits: 8 }),
      codeOf(secretOf(32), step, { digits: 8, hash: "sha256" }),
      codeOf(secretOf(64), step, { digits: 8, hash: "sha512" }),
    ]).toEqual([sha1, sha256, sha512]);
  });

  test.each([
    ["", ""],
    ["f", "MY"],
    ["fo", "MZXQ"],
    ["foo", "MZXW6"],
    ["foob", "MZXW6YQ"],
    ["fooba", "MZXW6YTB"],
    ["foobar", "MZXW6YTBOI"],
  ])("%j in base 32 is %j (RFC 4648 §10, without padding)", (text, encoded) =>
    expect(base32(Buffer.from(text))).toBe(encoded),
  );
});

/** A moment around which no two codes are alike by chance: they are so twice in a million. */
const moment = fc.integer({ min: 300_000, max: 4_000_000_000_000 }).filter((nowMs) => {
  const around = Array.from({ length: 13 }, (_, index) => codeOf(SECRET, timeStep(nowMs) - 6 + index));
  return new Set(around).size === around.length;
});

test("a code is good in its own step, the one before and the one after, and at no other time", () => {
  fc.assert(
    fc.property(moment, fc.integer({ min: -4, max: 4 }), (nowMs, late) => {
      const step = timeStep(nowMs);
      const found = stepOfCode(SECRET, codeOf(SECRET, step), nowMs + late * 30_000, 0);
      expect(found).toBe(Math.abs(late) <= 1 ? step : undefined);
    }),
  );
});

test("neither the code of the step that was used last is good, nor one of a step before", () => {
  const steps = fc.integer({ min: -1, max: 1 });
  fc.assert(
    fc.property(moment, steps, steps, (nowMs, used, tried) => {
      const now = timeStep(nowMs);
      const found = stepOfCode(SECRET, codeOf(SECRET, now + tried), nowMs, now + used);
      expect(found).toBe(tried > used ? now + tried : undefined);
    }),
  );
});

test.each(["", "12345", "1234567", "½23456", "abcdef"])("%j is no code", (text) =>
  expect(stepOfCode(SECRET, text, 59_000, 0)).toBeUndefined(),
);

test("an app reads who issued the secret, for whom, and the secret", () => {
  const uri = new URL(keyUri(Buffer.from("foobar"), "Halla bong", "minji.k"));
  expect(uri.protocol + uri.pathname).toBe("otpauth:/Halla%20bong:minji.k");
  expect(Object.fromEntries(uri.searchParams)).toEqual({
    ...{ secret: "MZXW6YTBOI", issuer: "Halla bong", algorithm: "SHA1", digits: "6", period: "30" },
  });
  expect(uri.search).not.toContain("+");
});
