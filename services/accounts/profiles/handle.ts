import { randomInt } from "node:crypto";
import { isReservedHandle } from "./reserved-handles.ts";

const SHORTEST = 4;
const LONGEST = 25;
const LONGEST_TAIL = 12;
const ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789";
const FRUIT = ["citrus", "dekopon", "hallabong", "kumquat", "mandarin", "pomelo", "tangerine", "yuzu"];

/**
 * Handles to try for a new account, best first: what its e-mail is called before the `@`, as far as
 * a handle may contain it, then the same with ever longer random tails. An unusable name becomes a fruit's.
 */
export function* handleCandidates(email: string, random: (below: number) => number = randomInt): Generator<string> {
  const name = nameIn(email);
  const isReserved = isReservedHandle(name);
  if (name.length >= SHORTEST && !isReserved) yield name;
  const stem = name.length >= 2 && !isReserved ? name : FRUIT[random(FRUIT.length)]!;
  for (let tail = 4; tail <= LONGEST_TAIL; tail += 1) {
    yield `${stem.slice(0, LONGEST - tail - 1)}.${randomText(tail, random)}`;
  }
}

/** What a deleted account is called: nothing of its person, and by 80 random bits nobody else's. */
export const huskHandle = (): string => `deleted.${randomText(16, randomInt)}`;

/** The part before the `@` without its `+tag`, kept to a–z, 0–9 and single inner dots and underscores. */
function nameIn(email: string): string {
  const local = email.slice(0, email.lastIndexOf("@")).split("+")[0]!;
  return local
    .toLowerCase()
    .replaceAll(/[^a-z0-9._]/g, "")
    .replaceAll(/([._])[._]+/g, "$1")
    .slice(0, LONGEST)
    .replaceAll(/^[._]+|[._]+$/g, "");
}

const randomText = (length: number, random: (below: number) => number): string =>
  Array.from({ length }, () => ALPHABET[random(ALPHABET.length)]).join("");
