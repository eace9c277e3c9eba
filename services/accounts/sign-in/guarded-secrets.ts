import type { StoredAccount } from "../accounts.store.ts";

/**
 * Where a guess comes from. What fails here is counted apart from there, so that strangers, who can guess from anywhere,
 * lock nobody out of where they sign in, and out of the sessions they have.
 */
export type Standing = "anywhere" | "familiarPlace" | "session";

/** A secret that somebody may try to guess; wrong guesses at one are counted apart from those at another. */
export interface Guarded {
  secret: "password" | "secondFactor";
  /** Whose: a canonical e-mail address, whether an account has it or not, or an account's id. */
  of: string;
  from: Standing;
  /** The account whose event log tells of failures; undefined for nobody's address. */
  ownerId: string | undefined;
}

/** The password of an account: of each session, at a step-up and at its change, wrong guesses count together. */
export const passwordOf = ({ email, id }: Pick<StoredAccount, "email" | "id">, from: Standing): Guarded => ({
  ...{ secret: "password", of: email ?? id, from, ownerId: id },
});

/**
 * The codes of an account: counted apart from its password, or who knows that could clear the count of wrong codes by
 * signing in with it.
 */
export const secondFactorOf = ({ id }: Pick<StoredAccount, "id">, from: Standing): Guarded => ({
  ...{ secret: "secondFactor", of: id, from, ownerId: id },
});
