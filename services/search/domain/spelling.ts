import { disassemble } from "es-hangul";

/** A name that words can be corrected to; `weight` decides between equally near ones. */
export interface KnownWord {
  text: string;
  /** Lower case, Hangul taken apart into letters: one slip of the finger is one edit. */
  letters: string;
  weight: number;
}

export const lettersOf = (word: string): string => disassemble(word.toLowerCase());

/** How many slips are forgiven in a word of so many letters. */
const forgiven = (letters: number): number => (letters <= 3 ? 0 : letters <= 7 ? 1 : 2);

/** The known word that a misspelt one means; undefined when none is near enough, or when the word is known. */
export function correction(word: string, known: readonly KnownWord[]): string | undefined {
  const letters = lettersOf(word);
  let best: { word: KnownWord; edits: number } | undefined;
  for (const candidate of known) {
    if (candidate.letters === letters) return undefined;
    const limit = Math.min(forgiven(letters.length), best?.edits ?? Infinity);
    const edits = editsBetween(letters, candidate.letters, limit);
    if (edits > limit) continue;
    if (!best || edits < best.edits || candidate.weight > best.word.weight) best = { word: candidate, edits };
  }
  return best?.word.text;
}

/** True when what is typed, slips forgiven, begins the name. Both as letters. */
export const nearlyBegins = (typed: string, name: string): boolean => {
  const limit = forgiven(typed.length);
  const lengths = [typed.length, typed.length + 1, typed.length - 1];
  return limit > 0 && lengths.some((length) => editsBetween(typed, name.slice(0, length), limit) <= limit);
};

/**
 * Damerau-Levenshtein distance (optimal string alignment: insertions, deletions, substitutions and swaps of
 * neighbours); any number above `limit` once it is exceeded.
 */
export function editsBetween(one: string, other: string, limit = Infinity): number {
  if (Math.abs(one.length - other.length) > limit) return limit + 1;
  let [before, previous] = [[] as number[], Array.from({ length: other.length + 1 }, (_, at) => at)];
  for (let i = 1; i <= one.length; i++) {
    const current = [i];
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1];
      let edits = Math.min(previous[j]! + 1, current[j - 1]! + 1, previous[j - 1]! + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      if (swapped) edits = Math.min(edits, before[j - 2]! + 1);
      current.push(edits);
    }
    if (Math.min(...current) > limit) return limit + 1;
    [before, previous] = [previous, current];
  }
  return previous.at(-1)!;
}
