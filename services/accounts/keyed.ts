import { keyedDigest, type KeyedDigest } from "../../mixins/keyed-digest.ts";
import { sealing, type Sealing } from "../../mixins/sealing.ts";

/** What accounts protect with the installation's secret, each under a key of its own, derived once. */
export interface Keyed {
  /** Nothing readable is kept of what was guessed at, and nobody can look for an address by trying all. */
  guess: KeyedDigest;
  /** Where somebody signs in; the digest alone tells nobody where that was. */
  place: KeyedDigest;
  /** An address whose password is to be reset, whether an account has it or not. */
  resetAddress: KeyedDigest;
  /** The secrets of authenticator apps; each is bound to its account. */
  appSecrets: Sealing;
}

export const openKeyed = (secret: string): Keyed => ({
  guess: keyedDigest(secret, "failed attempts 1"),
  place: keyedDigest(secret, "familiar place 1"),
  resetAddress: keyedDigest(secret, "password reset 1"),
  appSecrets: sealing(secret, "authenticator app 1"),
});
