import fc from "fast-check";
import { queryWords, tokens, typedWords } from "../../../../services/search/domain/analysis.ts";

/** What `pattern_replace`, `standard`, `cjk_width`, `lowercase` and `cjk_bigram` of Lucene give for the same texts. */
const golden: [text: string, words: string[]][] = [
  ["1인신조 무사고", ["1", "인신", "신조", "무사", "사고"]],
  ["아반떼N 1.6T", ["아반", "반떼", "n", "1.6t"]],
  ["KG모빌리티", ["kg", "모빌", "빌리", "리티"]],
  ["GV80 / K5", ["gv80", "k5"]],
  ["현대의 그랜저를 팝니다", ["현대", "대의", "그랜", "랜저", "저를", "팝니", "니다"]],
  ["차 팝니다", ["차", "팝니", "니다"]],
  ["Mercedes-Benz E-Class", ["mercedes", "benz", "e", "class"]],
  ["Ｋ５ ＴＵＣＳＯＮ", ["k5", "tucson"]],
  ["1,600cc, 2.0 TDI.", ["1,600cc", "2.0", "tdi"]],
  ["it's the dealer's car", ["it's", "the", "dealer's", "car"]],
  ["", []],
  ["!!! --- ...", []],
];

test.each(golden)("%s is analysed as Lucene does", (text, words) => {
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
