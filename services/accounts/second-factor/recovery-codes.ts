import { randomBytes, randomInt } from "node:crypto";
import { hashRaw } from "@node-rs/argon2";
import { ARGON2ID, withinCapacity } from "../credentials/password-hash.ts";
import type { AuthenticatorFields } from "./second-factor.store.ts";

const CODES_AT_ONCE = 10;
const HALF = 5;
/** Digits and letters without those that look alike: i, l, o and u (Crockford's base 32). */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

const randomHalf = () => Array.from({ length: HALF }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");

/** A code of 50 random bits: `k7q2m-xw9dt`. */
export const newRecoveryCode = (): string => `${randomHalf()}-${randomHalf()}`;

/** What was meant by what somebody typed: no matter the case, dashes and spaces, or which twin of a digit. */
export const meantCode = (typed: string): string =>
  typed.toLowerCase().replaceAll(/[\s-]/g, "").replaceAll("o", "0").replaceAll(/[il]/g, "1");

/** Six digits are of an app, which may show them in two groups; undefined for what is meant for a recovery code. */
export const appCode = (typed: string): string | undefined =>
  /^\d{3} ?\d{3}$/.test(typed) ? typed.replace(" ", "") : undefined;

/**
 * A recovery code as it is kept. 50 bits are beyond guessing at a sign-in that counts failures, but not beyond a rig of
 * graphics cards with a copy of the store: below 112 bits OWASP ASVS 5.0 (6.5.2) asks for a password's hash with a salt
 * of its own. An account's codes share a salt, so that one hash tells whether a code is any of them. Throws
 * `SIGN_IN_UNAVAILABLE`.
 */
export async function hashedCode(code: string, salt: string): Promise<string> {
  const options = { ...ARGON2ID, salt: Buffer.from(salt, "base64") };
  return (await withinCapacity(() => hashRaw(meantCode(code), options))).toString("base64");
}

export interface NewRecoveryCodes {
  recoveryCodes: string[];
  kept: Pick<AuthenticatorFields, "recoverySalt" | "recoveryHashes">;
}

/**
 * New codes to show, once, and what is kept of them. They are hashed one after the other: who asks for them takes no
 * more of what hashes at a time than who signs in. Throws `SIGN_IN_UNAVAILABLE`.
 */
export async function newRecoveryCodes(): Promise<NewRecoveryCodes> {
  const codes = new Set<string>();
  while (codes.size < CODES_AT_ONCE) codes.add(newRecoveryCode());
  const recoveryCodes = [...codes];
  const recoverySalt = randomBytes(16).toString("base64");
  const recoveryHashes: string[] = [];
  for (const code of recoveryCodes) recoveryHashes.push(await hashedCode(code, recoverySalt));
  return { recoveryCodes, kept: { recoverySalt, recoveryHashes } };
}
