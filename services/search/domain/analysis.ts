/**
 * The words of a text, the same as Elasticsearch's chain of `pattern_replace` (a gap around Hangul), `standard`
 * tokenizer, `cjk_width`, `lowercase` and `cjk_bigram` gives: Korean runs become overlapping pairs of syllables, so that
 * compounds are found by their parts without a dictionary.
 */
export interface Token {
  text: string;
  /** Where it stands in the text, in UTF-16 units. */
  start: number;
  end: number;
}

const HANGUL = "[\\uAC00-\\uD7A3]";
const OTHER_CJK = "[\\u3040-\\u30FF\\u3400-\\u9FFF]";
const PLAIN = `(?:(?!${HANGUL}|${OTHER_CJK})[\\p{L}\\p{Nd}\\p{Nl}_]\\p{M}*)`;
/** UAX 29: some signs join letters, others join digits. */
const JOINT = "(?:(?<=[\\p{L}\\p{Nl}]\\p{M}*)[.'’:·](?=[\\p{L}\\p{Nl}])|(?<=\\p{Nd})[.,'’;](?=\\p{Nd}))";
const WORD = new RegExp(`${HANGUL}+|${OTHER_CJK}+|${PLAIN}+(?:${JOINT}${PLAIN}+)*`, "gu");
const IS_CJK = new RegExp(`^(?:${HANGUL}|${OTHER_CJK})`, "u");
const WIDE = /[\uFF00-\uFFEF]/g;

/** Full-width letters and digits become plain ones, one character for one. */
const normalise = (text: string): string =>
  text.replace(WIDE, (wide) => {
    const plain = wide.normalize("NFKC");
    return plain.length === 1 ? plain : wide;
  });

export function tokens(text: string): Token[] {
  const found: Token[] = [];
  for (const match of normalise(text).matchAll(WORD)) {
    const [run] = match;
    if (!IS_CJK.test(run) || run.length === 1) {
      found.push({ text: run.toLowerCase(), start: match.index, end: match.index + run.length });
      continue;
    }
    for (let at = 0; at + 1 < run.length; at++) {
      found.push({ text: run.slice(at, at + 2), start: match.index + at, end: match.index + at + 2 });
    }
  }
  return found;
}

/** The distinct words of a query. A lone Hangul syllable stands for all words that begin with it. */
export function queryWords(text: string): { text: string; prefix: boolean }[] {
  const distinct = [...new Set(tokens(text).map((token) => token.text))];
  return distinct.map((word) => ({ text: word, prefix: /^[\uAC00-\uD7A3]$/.test(word) }));
}

/** The words as a person typed them, with Korean unbroken: what is corrected, completed and looked up in the glossary. */
export const typedWords = (text: string): { text: string; start: number; end: number }[] =>
  [...normalise(text).matchAll(WORD)].map(({ 0: run, index }) => ({
    text: run.toLowerCase(),
    start: index,
    end: index + run.length,
  }));
