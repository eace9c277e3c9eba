import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { strFromU8, unzipSync } from "fflate";
import { archive, ArchiveTooLarge } from "../../../../services/exports/domain/archive.ts";

const madeAtMs = Date.parse("2026-03-04T05:06:08Z");
const open = (mostBytes = 10_000_000) => archive({ mostBytes, madeAtMs });
const unpacked = (zip: Buffer) =>
  Object.fromEntries(Object.entries(unzipSync(zip)).map(([name, bytes]) => [name, strFromU8(bytes)]));

const FILES = ["a/one.json", "a/two.json", "b/one.json"];

test("whatever is added in whatever order is in its file, in order, and the README is first", () => {
  const added = fc.array(
    fc.tuple(fc.constantFrom(...FILES), fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue())),
  );
  fc.assert(
    fc.property(added, fc.string({ unit: "grapheme" }), (records, text) => {
      const zip = open();
      for (const [file, record] of records) zip.add(file, record);
      const expected = Map.groupBy(records, ([file]) => file);
      expect(zip.files()).toEqual([...expected].map(([name, those]) => ({ name, records: those.length })));
      const files = unpacked(zip.finish(text));
      expect(Object.keys(files)).toEqual(["README.txt", ...expected.keys()]);
      expect(files["README.txt"]).toBe(new TextDecoder().decode(new TextEncoder().encode(text)));
      for (const [name, those] of expected) {
        expect(JSON.parse(files[name]!)).toEqual(JSON.parse(JSON.stringify(those.map(([, record]) => record))));
      }
    }),
    { numRuns: 50 },
  );
});

test("is compressed while it grows", () => {
  const zip = open();
  for (let i = 0; i < 10_000; i++) zip.add("cars.json", { brand: "Hyundai", model: "Tucson", number: i });
  expect(zip.finish("").length).toBeLessThan(100_000);
});

test("ends when it becomes too large, not only when all is in it", () => {
  const zip = open(100_000);
  const add = (times: number) => {
    for (let i = 0; i < times; i++) zip.add("cars.json", { words: randomBytes(3000).toString("base64") });
  };
  add(20);
  expect(() => add(1000)).toThrow(ArchiveTooLarge);
});

test("is too large, too, when only its end makes it so", () => {
  const zip = open(1000);
  zip.add("cars.json", { words: randomBytes(1500).toString("base64") });
  expect(() => zip.finish("")).toThrow(ArchiveTooLarge);
});
