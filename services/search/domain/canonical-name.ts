import { nameKey, usualName } from "./glossary.ts";

/** Names that the rule below would spell otherwise than makers do. */
const SPELLINGS = `
EcoSport|C-MAX|Grand C-MAX|B-MAX|S-MAX|KA|Ka+|i3|i8|Golf SV|PROACE VERSO|Fox|Eos|Up|C-HR|T-Cross|T-Roc|Verso-S|Rio|Leaf
CL Class|CLA Class|CLC Class|CLS Class|GL Class|GLA Class|GLB Class|GLC Class|GLE Class|GLS Class|SL CLASS
McLaren|smart|e-tron|CR-V|HR-V
`;
const SPELLING_BY_KEY = new Map(
  SPELLINGS.trim()
    .split(/[|\n]/)
    .map((name) => [nameKey(name), name]),
);

/**
 * The one name under which a brand or model is counted and filtered, whoever spelt it how: the glossary's usual name in
 * English, the maker's spelling where one is known, else the typed words in a case that follows from their letters
 * alone. So it depends on nothing but the name, and the canonical name of a canonical name is itself.
 */
export function canonicalName(name: string): string {
  const plain = name.normalize("NFKC").trim();
  return usualName(plain) ?? SPELLING_BY_KEY.get(nameKey(plain)) ?? regularlyCased(plain);
}

/** Short names and words with digits in capitals (TT, GLS, IX20), other words with one capital. */
function regularlyCased(name: string): string {
  const words = name.toLowerCase().normalize("NFKC").split(/\s+/);
  const isShort = words.length === 1 && words[0]!.length <= 3;
  return words.map((word) => (isShort || /\d/.test(word) ? capitals(word) : capitalised(word))).join(" ");
}

const capitals = (word: string): string => [...word].map(capital).join("");
const capitalised = (word: string): string => word.replace(/(?<![\p{L}\p{M}'’])\p{L}/gu, capital);

/** A letter whose capital is not one letter (ß) stays as it is. */
const capital = (letter: string): string => {
  const upper = letter.toUpperCase();
  return upper.toLowerCase() === letter ? upper : letter;
};
