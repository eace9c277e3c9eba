import fc from "fast-check";
import {
  appCode,
  hashedCode,
  meantCode,
  newRecoveryCode,
  newRecoveryCodes,
} from "../../../../services/accounts/second-factor/recovery-codes.ts";

test("a code has fifty random bits: ten characters out of thirty-two", () => {
  const codes = Array.from({ length: 2000 }, newRecoveryCode);
  expect(codes.every((code) => /^[0-9a-hjkmnp-tv-z]{5}-[0-9a-hjkmnp-tv-z]{5}$/.test(code))).toBe(true);
  expect(new Set(codes).size).toBe(2000);
  expect(new Set(codes.join("").replaceAll("-", "")).size).toBe(32);
});

test("however somebody types a code, it is the same one", () => {
  const typings = fc.record({ upper: fc.boolean(), separator: fc.constantFrom("", "-", " "), twins: fc.boolean() });
  fc.assert(
    fc.property(typings, ({ upper, separator, twins }) => {
      const code = newRecoveryCode();
      const separated = code.replace("-", separator);
      const twisted = twins ? separated.replaceAll("0", "o").replaceAll("1", "l") : separated;
      expect(meantCode(upper ? twisted.toUpperCase() : twisted)).toBe(meantCode(code));
    }),
  );
});

test.each([
  ["492039", "492039"],
  ["492 039", "492039"],
  ["k7q2m-xw9dt", undefined],
  ["12345-67890", undefined],
  ["4920390", undefined],
])("%j is the app's code %j", (typed, code) => expect(appCode(typed)).toBe(code));

test("of ten codes nothing is kept that they could be read from, and another salt gives other hashes", async () => {
  const [first, second] = [await newRecoveryCodes(), await newRecoveryCodes()];
  expect(new Set(first.recoveryCodes).size).toBe(10);
  const kept = JSON.stringify(first.kept);
  expect(first.recoveryCodes.some((code) => kept.includes(code) || kept.includes(meantCode(code)))).toBe(false);
  expect(first.kept.recoverySalt).not.toBe(second.kept.recoverySalt);
  const [code] = first.recoveryCodes;
  expect(first.kept.recoveryHashes).toContain(await hashedCode(code!.toUpperCase(), first.kept.recoverySalt));
  expect(second.kept.recoveryHashes).not.toContain(await hashedCode(code!, second.kept.recoverySalt));
});
