import { InvalidInput } from "../../../mixins/failure.ts";
import { folded } from "../../../mixins/folded.ts";
import { isListed, undecorated } from "./common-passwords.ts";

/** Keys in the order of the fingers, and the alphabet. Neighbours on such a line count as one run, in both directions. */
const LINES = ["1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "abcdefghijklmnopqrstuvwxyz", "0123456789"];
const COLUMNS = "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p";
const ZIGZAG = "1q2w3e4r5t6y7u8i9o0p";
const RUNS = [...LINES, COLUMNS, ZIGZAG].flatMap((line) => [line, [...line].reverse().join("")]);
const LETTER_LOOKALIKES: Record<string, string> = {
  ...{ "0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", $: "s", "!": "i" },
};

/** Names of an account that its password must not lean on. */
interface Names {
  email?: string | null | undefined;
  handle?: string | undefined;
  username?: string | null | undefined;
}

/** Judges every password that an account is to get. Throws `INVALID_INPUT` for one that would be guessed first. */
export function requireGoodPassword({ email, handle, username }: Names, password: string): void {
  const weakness = passwordWeakness(password, [email ?? undefined, handle, username ?? undefined]);
  if (weakness) throw InvalidInput({ errors: [{ path: "password", message: weakness }] });
}

/**
 * Why a password would be guessed first, in words for its owner; undefined when no rule speaks against it.
 * `known` are names that belong to the account (e-mail address, handle, user name).
 */
export function passwordWeakness(password: string, known: readonly (string | undefined)[]): string | undefined {
  const text = folded(password);
  if (known.some((name) => name && leansOn(text, name.toLowerCase()))) {
    return "Too close to your e-mail address, handle or name";
  }
  if (isRepetition(text)) return "Too easy to guess: it repeats itself";
  if (isMadeOfRuns(text)) return "Too easy to guess: neighbouring keys, letters or digits";
  if (isDate(text)) return "Too easy to guess: a date";
  if (isCommon(text)) return "Among the passwords that are tried first: it is common, or it leaked somewhere";
  return undefined;
}

/** True when little is left without the name, or the part of an e-mail address before the `@`. */
function leansOn(text: string, name: string): boolean {
  return [name, name.split("@")[0]!].some((word) => word.length >= 4 && text.replaceAll(word, "").length <= 4);
}

/** Three different characters at most, a short piece, or one that is itself easy to guess, again and again. */
function isRepetition(text: string): boolean {
  if (new Set(text).size < 4) return true;
  const [, piece] = /^(.+?)\1+$/su.exec(text) ?? [];
  if (!piece) return false;
  return piece.length < 8 || isMadeOfRuns(piece) || isDate(piece) || isCommon(piece);
}

/** The whole text is runs of three or more: `qwerty123`, `aaaabbbb`, `1q2w3e4r`, `abcd1234`. */
const isMadeOfRuns = (text: string): boolean => text.length > 0 && outsideRuns(text) === 0;

/** How many characters stand in no run of three or more. */
function outsideRuns(text: string): number {
  let outside = 0;
  for (let at = 0; at < text.length;) {
    const length = longestRunAt(text, at);
    if (length < 3) outside += 1;
    at += length < 3 ? 1 : length;
  }
  return outside;
}

function longestRunAt(text: string, at: number): number {
  let same = 1;
  while (text[at + same] === text[at]) same += 1;
  const inLines = RUNS.map((line) => {
    const from = line.indexOf(text[at]!);
    let length = from < 0 ? 0 : 1;
    while (length > 0 && from + length < line.length && line[from + length] === text[at + length]) length += 1;
    return length;
  });
  return Math.max(same, ...inLines);
}

/** Eight digits that are a day: 19901231, 31121990, 12311990. */
function isDate(text: string): boolean {
  const day = "(0[1-9]|[12]\\d|3[01])";
  const month = "(0[1-9]|1[0-2])";
  const year = "(19|20)\\d\\d";
  return new RegExp(`^(${year}${month}${day}|${day}${month}${year}|${month}${day}${year})$`).test(text);
}

/** A listed text, also with little around it that one must guess (`monkey123!`) or look-alikes in it (`p@ssw0rd`). */
function isCommon(text: string): boolean {
  const { word, decoration } = undecorated(text);
  const isKnown = (candidate: string) => isListed(candidate) || isListed(asLetters(candidate));
  return isKnown(text) || (isKnown(word) && outsideRuns(decoration.replaceAll(YEAR, "")) <= MOST_DECORATION);
}

const YEAR = /(19|20)\d\d/g;
/** Digits and signs that may be tried around a word, beside runs and a year. */
const MOST_DECORATION = 4;

const asLetters = (word: string): string => word.replaceAll(/[013457@$!]/g, (sign) => LETTER_LOOKALIKES[sign] ?? sign);
