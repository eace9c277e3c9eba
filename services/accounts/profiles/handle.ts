import { randomInt } from "node:crypto";

const SHORTEST_TAIL = 6;
const LONGEST_TAIL = 12;
const ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789";
const FRUIT = ["citrus", "dekopon", "kumquat", "mandarin", "pomelo", "tangerine", "yuzu"];

/**
 * Handles to try for a new account, shortest first: a fruit and an ever longer random tail. Nothing of the e-mail address
 * is in them, since everybody sees a handle.
 */
export function* handleCandidates(random: (below: number) => number = randomInt): Generator<string> {
  const fruit = FRUIT[random(FRUIT.length)]!;
  for (let tail = SHORTEST_TAIL; tail <= LONGEST_TAIL; tail += 1) yield `${fruit}.${randomText(tail, random)}`;
}

/** What a deleted account is called: nothing of its person, and by 80 random bits nobody else's. */
export const huskHandle = (): string => `deleted.${randomText(16, randomInt)}`;

const randomText = (length: number, random: (below: number) => number): string =>
  Array.from({ length }, () => ALPHABET[random(ALPHABET.length)]).join("");
