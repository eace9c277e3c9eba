import { randomBytes } from "node:crypto";
import { hash, verify } from "@node-rs/argon2";
import { SignInUnavailable } from "../accounts.contract.ts";

/** Argon2id as OWASP's Password Storage Cheat Sheet advises it: 19 MiB, two passes, one lane. */
const ARGON2ID = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const phc = (bytes: number) => randomBytes(bytes).toString("base64").replaceAll("=", "");
/** Costs as much to check as any other hash and fits no password. */
const NOBODYS_HASH = `$argon2id$v=19$m=19456,t=2,p=1$${phc(16)}$${phc(32)}`;

/** More than this many at once could not be done within a call's deadline. */
const MOST_AT_ONCE = 200;
let underWay = 0;

/** A PHC string that carries its parameters and salt. Runs in the thread pool. */
export const hashPassword = (password: string): Promise<string> =>
  withinCapacity(() => hash(password.normalize("NFKC"), ARGON2ID));

/** Whether the password fits the hash. Without a hash (no such account) the same work is done for the answer no. */
export async function matchesPassword(passwordHash: string | undefined, password: string): Promise<boolean> {
  const fits = await withinCapacity(() => verify(passwordHash ?? NOBODYS_HASH, password.normalize("NFKC")));
  return fits && passwordHash !== undefined;
}

async function withinCapacity<T>(work: () => Promise<T>): Promise<T> {
  if (underWay >= MOST_AT_ONCE) throw SignInUnavailable();
  underWay += 1;
  try {
    return await work();
  } finally {
    underWay -= 1;
  }
}
