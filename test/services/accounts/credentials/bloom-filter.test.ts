import fc from "fast-check";
import { packFilter, readFilter } from "../../../../services/accounts/credentials/bloom-filter.ts";

const texts = fc.uniqueArray(fc.string({ unit: "binary" }), { minLength: 1, maxLength: 200 });

test("what was put in is found, however many bits it has", () => {
  fc.assert(
    fc.property(texts, fc.integer({ min: 1, max: 32 }), (entries, bitsPerEntry) => {
      expect(entries.every(readFilter(packFilter(new Set(entries), bitsPerEntry)))).toBe(true);
    }),
  );
});

test("the order of the entries makes no difference to the bytes", () => {
  fc.assert(
    fc.property(texts, (entries) => {
      expect(packFilter(new Set(entries.toReversed()), 24)).toEqual(packFilter(new Set(entries), 24));
    }),
  );
});

test.each([
  [10, 0.009],
  [16, 0.0006],
  [24, 0.00003],
])("with %d bits for an entry no more than a share of %d of other texts passes", (bitsPerEntry, share) => {
  const numbered = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}${index}`);
  const passes = readFilter(packFilter(new Set(numbered("in", 5000)), bitsPerEntry));
  const others = numbered("out", 100_000);
  expect(others.filter(passes).length / others.length).toBeLessThan(share);
});

test.each(["", "BLOOM-01", "BLOOM-02....................", "a text"])("%j is no filter", (text) => {
  expect(() => readFilter(Buffer.from(text))).toThrow("Not a BLOOM-01 filter");
});
