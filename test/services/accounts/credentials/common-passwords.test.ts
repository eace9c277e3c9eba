import { readFileSync } from "node:fs";
import fc from "fast-check";
import { commonPasswordsFilter, leakedPasswords } from "../../../../scripts/password-filter/entries.ts";
import { FILTER_FILE, isListed } from "../../../../services/accounts/credentials/common-passwords.ts";
import { passwordWeakness } from "../../../../services/accounts/credentials/password-rules.ts";

const WORDS = "amber anchor basil beacon canyon cedar copper delta ember falcon fjord garnet harbor indigo juniper kelp"
  .concat(" lagoon maple nectar onyx pebble quartz raven saffron timber umber velvet willow yarrow zephyr")
  .split(" ");
/** The same ones in every run: a share of false alarms is a property of the committed file. */
const always = { seed: 20261121 };

test("the committed filter is what its sources give, in less than a megabyte", () => {
  const committed = readFileSync(FILTER_FILE);
  expect(commonPasswordsFilter().equals(committed)).toBe(true);
  expect(committed.length).toBeLessThan(1_000_000);
});

test.each([
  ...["password1", "qwerty123", "iloveyou", "sunshine1", "football1", "princess", "letmein1", "trustno1", "admin123"],
  ...["dkssudgktpdy", "tkfkdgody", "rlaalswl", "eogksalsrnr", "qlalfqjsgh", "dkssud1234", "사랑해요123!"],
  ...["hallabong1", "Hallabong2026", "KaKao1234!", "naver123"],
])("%s is refused", (password) => {
  expect(passwordWeakness(password, [])).toMatch(/Among the passwords|Too easy/);
});

test("of the most frequent leaked passwords that are long enough, the first 10,000 are all refused", () => {
  const frequent = leakedPasswords()
    .filter((text) => /^.{8,128}$/.test(text))
    .slice(0, 10_000);
  expect(frequent).toHaveLength(10_000);
  expect(frequent.filter((text) => passwordWeakness(text, []) === undefined)).toEqual([]);
});

test("of 10,000 phrases of four words none is refused", () => {
  const phrase = fc
    .array(fc.constantFrom(...WORDS), { minLength: 4, maxLength: 4 })
    .filter((all) => new Set(all).size > 2);
  const refused = fc
    .sample(phrase, { ...always, numRuns: 10_000 })
    .filter((all) => passwordWeakness(all.join(" "), []));
  expect(refused).toEqual([]);
});

test("of random texts at most one in 10,000 is taken for a listed one", () => {
  const sign = fc.constantFrom(..."abcdefghijklmnopqrstuvwxyz0123456789!?#&가나다라마바사");
  const random = fc.array(sign, { minLength: 16, maxLength: 16 });
  const texts = fc.sample(random, { ...always, numRuns: 100_000 }).map((signs) => signs.join(""));
  expect(texts.filter(isListed).length).toBeLessThanOrEqual(10);
});
