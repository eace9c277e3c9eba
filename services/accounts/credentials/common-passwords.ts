import { readFileSync } from "node:fs";
import { readFilter, type Filter } from "./bloom-filter.ts";

/**
 * Made by `npm run accounts:password-filter` from lists of leaked passwords. One text in 100,000 that is not among
 * them is taken for one of them; its owner chooses another.
 */
export const FILTER_FILE = new URL("./common-passwords.filter", import.meta.url);

let filter: Filter | undefined;

/** Whether a folded text is a password that leaked or is used often, or a word that such passwords are made of. */
export function isListed(text: string): boolean {
  // A megabyte, read once by who sets the first password.
  filter ??= readFilter(readFileSync(FILTER_FILE));
  return filter(text);
}

export interface Decorated {
  word: string;
  /** Digits and signs before and after it. */
  decoration: string;
}

/** A word and what is around it: `!!monkey123`. Some signs are letters to many: `p@$$`. */
export function undecorated(text: string): Decorated {
  const [, before, word, after] = /^([^\p{L}@$]*)(.*?)([^\p{L}]*)$/su.exec(text)!;
  return { word: word!, decoration: before! + after! };
}
