import fc from "fast-check";
import { csvRecords, type CsvFault, type CsvRecord } from "../../../mixins/csv/csv-records.ts";

/** Reads a text in pieces of so many bytes. */
async function read(text: string | Buffer, { piece = 1024, longest = 200 } = {}) {
  const bytes = Buffer.from(text as string);
  const pieces = Array.from({ length: Math.ceil(bytes.length / piece) }, (_, at) =>
    bytes.subarray(at * piece, (at + 1) * piece),
  );
  async function* source() {
    yield* pieces;
  }
  const found: (CsvRecord | CsvFault)[] = [];
  for await (const record of csvRecords(source(), { longestRecordBytes: longest })) found.push(record);
  return found;
}
const values = (found: (CsvRecord | CsvFault)[]) => found.map((each) => ("values" in each ? each.values : each.reason));
const lines = (found: (CsvRecord | CsvFault)[]) => found.map(({ line }) => line);

const cell = fc.string({ unit: "grapheme", maxLength: 6 }).map((text) => text.replaceAll(/[\r\0]/g, ""));
const tricky = fc.oneof(cell, fc.constantFrom('"', "a\nb", 'say "hi"', ",", "\n\n", "현대 그랜저", ""));
const table = fc
  .integer({ min: 2, max: 4 })
  .chain((columns) =>
    fc.array(fc.array(tricky, { minLength: columns, maxLength: columns }), { minLength: 1, maxLength: 12 }),
  );
const written = (rows: string[][], end: string) =>
  rows.map((row) => row.map((text) => `"${text.replaceAll('"', '""')}"`).join(",") + end).join("");

test("what was written as CSV is read again, in pieces of any size, with its line numbers", async () => {
  await fc.assert(
    fc.asyncProperty(
      table,
      fc.integer({ min: 1, max: 40 }),
      fc.constantFrom("\n", "\r\n"),
      async (rows, piece, end) => {
        const found = await read(written(rows, end), { piece, longest: 10_000 });
        expect(values(found)).toEqual(rows);
        const heights = rows.map((row) => row.join("").split("\n").length);
        expect(lines(found)).toEqual(
          rows.map((_, at) => 1 + heights.slice(0, at).reduce((sum, height) => sum + height, 0)),
        );
      },
    ),
  );
});

test("a byte order mark, blank lines and a missing last line end do no harm", async () => {
  const found = await read("\ufeffa,b\n\n1,2\n   \n3,4");
  expect(values(found)).toEqual([
    ["a", "b"],
    ["1", "2"],
    ["3", "4"],
  ]);
  expect(lines(found)).toEqual([1, 3, 5]);
});

test("a quote that is never closed costs its own line only", async () => {
  const found = await read('a,b\n1,"2\n3,4\n5,6\n');
  expect(values(found)).toEqual([["a", "b"], "a quote is not closed", ["3", "4"], ["5", "6"]]);
  expect(lines(found)).toEqual([1, 2, 3, 4]);
});

test("two stray quotes far apart do not swallow the rows between them", async () => {
  const found = await read('a,b\n1,"2\n3,4\n5"x,6\n7,8\n');
  expect(values(found)).toEqual([["a", "b"], expect.any(String), ["3", "4"], expect.any(String), ["7", "8"]]);
});

test("an open quote is followed no further than the longest record", async () => {
  const rows = Array.from({ length: 100 }, (_, at) => `${at},x`);
  const found = await read(`a,b\n1,"2\n${rows.join("\n")}\n`);
  expect(values(found).slice(0, 3)).toEqual([["a", "b"], "a quote is not closed", ["0", "x"]]);
  expect(found).toHaveLength(102);
});

test("a line of any length is one fault, in bounded memory", async () => {
  const found = await read(`a,b\n${"x".repeat(5_000_000)},1\n3,4\n`, { piece: 65_536 });
  expect(values(found)).toEqual([["a", "b"], "longer than 200 bytes", ["3", "4"]]);
  expect((found[1] as CsvFault).text).toHaveLength(200);
});

test("bytes that are not UTF-8 are a fault", async () => {
  const latin1 = Buffer.concat([Buffer.from("a,b\nCitro"), Buffer.from([0xeb]), Buffer.from("n,2\n3,4\n")]);
  expect(values(await read(latin1, { piece: 1 }))).toEqual([["a", "b"], "not UTF-8", ["3", "4"]]);
});

test("a row of another width than the header is a fault", async () => {
  expect(values(await read("a,b\n1\n1,2,3\n4,5\n"))).toEqual([
    ["a", "b"],
    "1 values where the header has 2",
    "3 values where the header has 2",
    ["4", "5"],
  ]);
});

test("no bytes whatever make it fail", async () => {
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    fc.string().map(Buffer.from),
  );
  const quotes = fc
    .array(fc.constantFrom('"', "\n", ",", "\r", "a", " "), { maxLength: 60 })
    .map((all) => Buffer.from(all.join("")));
  await fc.assert(
    fc.asyncProperty(fc.oneof(noise, quotes), fc.integer({ min: 1, max: 30 }), async (bytes, piece) => {
      const found = await read(bytes, { piece, longest: 50 });
      const numbers = lines(found);
      expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    }),
  );
});
