import fc from "fast-check";
import { correction, editsBetween, lettersOf, nearlyBegins } from "../../../../services/search/domain/spelling.ts";

const known = [
  "그랜저",
  "쏘나타",
  "싼타페",
  "아반떼",
  "hyundai",
  "sonata",
  "mercedes",
  "kia",
  "k5",
  "corsa",
  "polo",
].map((text, at) => ({ text, letters: lettersOf(text), weight: 100 - at }));

test.each([
  ["그렌저", "그랜저"],
  ["소나타", "쏘나타"],
  ["산타페", "싼타페"],
  ["아반테", "아반떼"],
  ["hyndai", "hyundai"],
  ["hyudnai", "hyundai"],
  ["sonta", "sonata"],
  ["mercedez", "mercedes"],
])("%s means %s", (typed, meant) => {
  expect(correction(typed, known)).toBe(meant);
});

test.each(["hyundai", "그랜저", "xylophone", "무사고", "k7", "kio", "사"])("%s is left as it is", (typed) => {
  expect(correction(typed, known)).toBeUndefined();
});

test("of equally near words the one with more cars is meant", () => {
  const word = (text: string, weight: number) => ({ text, letters: text, weight });
  expect(correction("colo", [word("polo", 5), word("golo", 9), word("solo", 1)])).toBe("golo");
});

test("what is typed nearly begins a name when so many slips are forgiven", () => {
  expect(nearlyBegins(lettersOf("hyndai"), lettersOf("hyundaitucson"))).toBe(true);
  expect(nearlyBegins(lettersOf("hy"), lettersOf("hundai"))).toBe(false);
});

const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 6 });

test("the distance is 0 for the same word only, the same both ways, and at most the longer length", () => {
  fc.assert(
    fc.property(word, word, (one, other) => {
      const edits = editsBetween(one, other);
      expect(edits === 0).toBe(one === other);
      expect(edits).toBe(editsBetween(other, one));
      expect(edits).toBeLessThanOrEqual(Math.max(one.length, other.length));
      expect(edits).toBeGreaterThanOrEqual(Math.abs(one.length - other.length));
    }),
  );
});

test("a limit changes nothing below it and is exceeded above it", () => {
  fc.assert(
    fc.property(word, word, fc.nat(4), (one, other, limit) => {
      const edits = editsBetween(one, other);
      const limited = editsBetween(one, other, limit);
      if (edits <= limit) expect(limited).toBe(edits);
      else expect(limited).toBeGreaterThan(limit);
    }),
  );
});

test.each([
  ["ab", "ba", 1],
  ["abc", "acb", 1],
  ["", "abc", 3],
  ["kitten", "sitting", 3],
])("%s and %s are %i edits apart", (one, other, edits) => {
  expect(editsBetween(one, other)).toBe(edits);
});
