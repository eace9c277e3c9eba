import {
  DuplicateKey,
  isNew,
  type Collection,
  type OpenCollection,
  type Stored,
} from "../../../mixins/collection/collection.ts";
import { PasskeyKnown, TooManyPasskeys } from "./second-factor.contract.ts";

/** An authenticator app as it is kept; the document's id is the account's. */
export interface AuthenticatorFields {
  /** Sealed; null while no app is set up. */
  secret: string | null;
  /** Sealed; what an app is being set up with. */
  pendingSecret: string | null;
  pendingUntilMs: number;
  /** The time step of the latest code that was good: no code of that step or before is good again. */
  lastStep: number;
  /** What the recovery codes are hashed with, base64. */
  recoverySalt: string;
  /** Hashes of the recovery codes that are left. */
  recoveryHashes: string[];
}
export type StoredAuthenticator = Stored<AuthenticatorFields>;

/** A passkey as it is kept: nothing in it is secret. */
export interface PasskeyFields {
  accountId: string;
  /** Which of the account's places it takes, from 0. */
  place: number;
  /** The authenticator's own name for it, base64url. */
  credentialId: string;
  /** COSE key (RFC 9052), base64url. */
  publicKey: string;
  /** How often the authenticator says it was used; 0 where it does not count. */
  counter: number;
  transports: string[];
  name: string;
  lastUsedAt: string | null;
}
export type StoredPasskey = Stored<PasskeyFields>;

export const MOST_PASSKEYS = 20;

/** What is kept of second factors: one document for an account's app, one for each passkey. */
export interface SecondFactorStore {
  authenticator(accountId: string): Promise<StoredAuthenticator | undefined>;
  /** False when the account has one. */
  addAuthenticator(accountId: string, fields: AuthenticatorFields): Promise<boolean>;
  /** Compare-and-set; false when somebody else changed it since it was read. */
  changeAuthenticator(read: StoredAuthenticator, patch: Partial<AuthenticatorFields>): Promise<boolean>;
  /** Removes what was read, or whatever there is; false when it is outdated or was not there. */
  removeAuthenticator(accountId: string, read?: StoredAuthenticator): Promise<boolean>;
  /** Throws `PASSKEY_KNOWN` and `TOO_MANY_PASSKEYS`: unique keys decide, on the credential and on each place. */
  addPasskey(passkey: Omit<PasskeyFields, "place">): Promise<StoredPasskey>;
  passkey(id: string): Promise<StoredPasskey | undefined>;
  passkeyOf(credentialId: string): Promise<StoredPasskey | undefined>;
  /** Oldest first. */
  passkeysOf(accountId: string): Promise<StoredPasskey[]>;
  /** Compare-and-set; false when somebody else changed the passkey since it was read. */
  changePasskey(read: StoredPasskey, patch: Partial<PasskeyFields>): Promise<boolean>;
  removePasskey(id: string): Promise<boolean>;
  close(): Promise<void>;
}

export async function openSecondFactorStore(open: OpenCollection): Promise<SecondFactorStore> {
  const authenticators = await open<AuthenticatorFields>({ service: "accounts", noun: "authenticator", fields: {} });
  const passkeys = await open<PasskeyFields>({
    service: "accounts",
    noun: "passkey",
    fields: { accountId: "text", place: "integer", credentialId: "text" },
    unique: [["credentialId"], ["accountId", "place"]],
  });
  const passkeysOf = async (accountId: string) =>
    (await passkeys.find({ filter: { accountId }, sort: ["createdAt"], limit: MOST_PASSKEYS })).items;
  return {
    authenticator: (accountId) => authenticators.get(accountId),
    addAuthenticator: (accountId, fields) => isNew(authenticators.insert({ id: accountId, ...fields })),
    changeAuthenticator: async ({ id, rev }, patch) => (await authenticators.change(id, rev, patch)) !== undefined,
    removeAuthenticator: (accountId, read) => authenticators.remove(accountId, read?.rev),
    addPasskey: (passkey) => takePlace(passkeys, passkey, passkeysOf),
    passkey: (id) => passkeys.get(id),
    passkeyOf: async (credentialId) => (await passkeys.find({ filter: { credentialId }, limit: 1 })).items[0],
    passkeysOf,
    changePasskey: async ({ id, rev }, patch) => (await passkeys.change(id, rev, patch)) !== undefined,
    removePasskey: (id) => passkeys.remove(id),
    close: async () => void (await Promise.all([authenticators.close(), passkeys.close()])),
  };
}

/** Ends: each round that loses its place to somebody else finds one place fewer free. */
async function takePlace(
  passkeys: Collection<PasskeyFields>,
  passkey: Omit<PasskeyFields, "place">,
  passkeysOf: (accountId: string) => Promise<StoredPasskey[]>,
): Promise<StoredPasskey> {
  for (;;) {
    const taken = new Set((await passkeysOf(passkey.accountId)).map(({ place }) => place));
    if (taken.size >= MOST_PASSKEYS) throw TooManyPasskeys();
    const place = Array.from({ length: MOST_PASSKEYS }, (_, index) => index).find((index) => !taken.has(index))!;
    try {
      return await passkeys.insert({ ...passkey, place });
    } catch (error) {
      if (!(error instanceof DuplicateKey)) throw error;
      if (error.key.includes("credentialId")) throw PasskeyKnown();
    }
  }
}
