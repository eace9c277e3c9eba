import { randomBytes } from "node:crypto";
import { hash, verify } from "@node-rs/argon2";
import { SignInUnavailable } from "../account.contract.ts";

/** Argon2id as OWASP's Password Storage Cheat Sheet advises it: 19 MiB, two passes, one lane. */
export const ARGON2ID = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const phc = (bytes: number) => randomBytes(bytes).toString("base64").replaceAll("=", "");
/** Costs as much to check as any hash of today and fits no password. */
const NOBODYS_HASH = `$argon2id$v=19$m=${ARGON2ID.memoryCost},t=${ARGON2ID.timeCost},p=${ARGON2ID.parallelism}$${phc(16)}$${phc(32)}`;
/** Below this, argon2 has no memory to work with (RFC 9106 §3.1). */
const LEAST_MEMORY = 8;

/** More than this many at once could not be done within a call's deadline. */
const MOST_AT_ONCE = 200;
let underWay = 0;

/** A PHC string that carries its parameters and salt. Runs in the thread pool. Throws `SIGN_IN_UNAVAILABLE`. */
export const hashPassword = (password: string): Promise<string> =>
  withinCapacity(() => hash(password.normalize("NFKC"), ARGON2ID));

/**
 * Whether the password fits the hash. Without a hash (no such account, or one without a password) the same work is done
 * for the answer no; a hash that was made for less work is wrong only after the rest of today's.
 */
export async function matchesPassword(passwordHash: string | undefined, password: string): Promise<boolean> {
  const typed = password.normalize("NFKC");
  const fits = await withinCapacity(async () => {
    const right = await verify(passwordHash ?? NOBODYS_HASH, typed);
    if (!right && passwordHash !== undefined) await doRest(passwordHash, typed);
    return right;
  });
  return fits && passwordHash !== undefined;
}

/** Made with less memory or fewer passes than a hash of today: due to be made anew when its password is known. */
export function isOutdated(passwordHash: string): boolean {
  const { memoryCost, timeCost } = parametersOf(passwordHash);
  return memoryCost < ARGON2ID.memoryCost || timeCost < ARGON2ID.timeCost;
}

const parametersOf = (passwordHash: string) => {
  const [, memoryCost, timeCost] = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=\d+\$/.exec(passwordHash) ?? [];
  return { memoryCost: Number(memoryCost ?? 0), timeCost: Number(timeCost ?? 0) };
};

/** The work that a wrong guess at a hash of today costs beyond one at this hash: what is filled, memory times passes. */
async function doRest(passwordHash: string, typed: string): Promise<void> {
  const { memoryCost, timeCost } = parametersOf(passwordHash);
  const rest = ARGON2ID.memoryCost * ARGON2ID.timeCost - memoryCost * timeCost;
  if (rest >= LEAST_MEMORY) await hash(typed, { ...ARGON2ID, memoryCost: Math.ceil(rest / ARGON2ID.timeCost) });
}

/** Does work of argon2's kind unless too much of it is under way. Throws `SIGN_IN_UNAVAILABLE`. */
export async function withinCapacity<T>(work: () => Promise<T>): Promise<T> {
  if (underWay >= MOST_AT_ONCE) throw SignInUnavailable();
  underWay += 1;
  try {
    return await work();
  } finally {
    underWay -= 1;
  }
}
