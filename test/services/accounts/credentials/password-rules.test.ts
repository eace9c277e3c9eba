import fc from "fast-check";
import { passwordWeakness } from "../../../../services/accounts/credentials/password-rules.ts";

describe("passwordWeakness", () => {
  test.each([
    ["password", "a listed word"],
    ["Password1", "with a digit"],
    ["p@ssw0rd!", "with look-alikes"],
    ["P4$$W0RD", "with more look-alikes"],
    ["monkey123456", "with a run of digits"],
    ["monkey1234!!", "with a run and signs"],
    ["sunshine2024!", "with a year and a sign"],
    ["!!sunshine!!", "between signs"],
    ["trustno1", "with its usual digit"],
    ["12345678", "digits in order"],
    ["987654321", "digits in reverse"],
    ["qwertyuiop", "keys in order"],
    ["qwerty123", "keys and digits"],
    ["1q2w3e4r", "a zigzag over the keys"],
    ["1qaz2wsx", "columns of keys"],
    ["zyxwvuts", "the alphabet in reverse"],
    ["aaaaaaaa", "one character"],
    ["abababab", "two characters in turn"],
    ["catcatcat", "a short word again and again"],
    ["password1password1", "a weak one twice"],
    ["19901231", "a date"],
    ["31121990", "a date the other way round"],
    ["        ", "blanks"],
    ["ｐａｓｓｗｏｒｄ", "in full-width letters"],
  ])("%j is refused: %s", (password) => {
    expect(passwordWeakness(password, [])).toBeDefined();
  });

  test.each([
    "correct horse battery",
    "Tr0ub4dor&3",
    "orange8472910384",
    "x7Kp2mQz",
    "한라봉은 맛있다",
    "the pass phrase of kim",
    "sunshinegarden",
    "73905162",
  ])("%j is accepted", (password) => {
    expect(passwordWeakness(password, ["minji@example.com", undefined])).toBeUndefined();
  });

  test.each(["minji.kim@example.com", "minji.kim", "minji.kim1", "2MINJI.KIM!!", "hallabongfan", "hallabongfan99"])(
    "%j leans on the account's own names",
    (password) => {
      expect(passwordWeakness(password, ["minji.kim@example.com", "hallabongfan"])).toMatch(/e-mail address, handle/);
    },
  );

  test("random letters and digits are hardly ever refused", () => {
    const alphabet = [..."abcdefghijklmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"];
    const password = fc
      .array(fc.constantFrom(...alphabet), { minLength: 12, maxLength: 128 })
      .map((signs) => signs.join(""))
      .filter((text) => new Set(text.toLowerCase()).size > 6);
    fc.assert(fc.property(password, (text) => passwordWeakness(text, ["minji@example.com"]) === undefined));
  });

  test("any text is judged, however odd", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 128 }), fc.string(), (password, name) => {
        const weakness = passwordWeakness(password, [name]);
        expect(weakness === undefined || weakness.length > 0).toBe(true);
      }),
    );
  });

  test("repeating a short piece never helps", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 7 }), fc.integer({ min: 2, max: 12 }), (piece, times) => {
        expect(passwordWeakness(piece.repeat(times), [])).toBeDefined();
      }),
    );
  });
});
