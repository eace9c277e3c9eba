import fc from "fast-check";
import { goldenWords } from "../../../conformance/search-tokens.ts";
import { queryWords, tokens, typedWords } from "../../../../services/search/domain/analysis.ts";

test.each(goldenWords)("%s is analysed as Lucene does", (text, words) => {
  expect(tokens(text).map((token) => token.text)).toEqual(words);
});

test("every word of every text stands where it says", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      for (const token of [...tokens(text), ...typedWords(text)]) {
        const place = text.slice(token.start, token.end).replace(/[\uFF00-\uFFEF]/g, (wide) => wide.normalize("NFKC"));
        expect(place.toLowerCase()).toBe(token.text);
      }
    }),
  );
});

test("a query has each word once; a lone syllable begins words", () => {
  expect(queryWords("차 tucson TUCSON")).toEqual([
    { text: "차", prefix: true },
    { text: "tucson", prefix: false },
  ]);
});
