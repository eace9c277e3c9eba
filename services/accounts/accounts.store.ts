import { DuplicateKey, type OpenCollection, type Stored } from "../../mixins/collection/collection.ts";
import type { FactSource } from "../../mixins/bus/relay.ts";
import type { Fact } from "../../mixins/contract.ts";
import { EmailTaken, HandleTaken, type AccountStatus, type Language, type Role } from "./account.contract.ts";

/** An account as it is kept. */
export interface AccountFields {
  /** Canonical; null once the account is deleted, or when a provider gave none. */
  email: string | null;
  emailVerifiedAt: string | null;
  /** A PHC string, which never leaves the service; null for who signs in by a provider or a passkey only. */
  passwordHash: string | null;
  handle: string;
  username: string | null;
  bio: string | null;
  links: string[];
  picture: string | null;
  location: string | null;
  gender: string | null;
  birthdate: string | null;
  phone: string | null;
  language: Language;
  isPublic: boolean;
  role: Role;
  status: AccountStatus;
}
export type StoredAccount = Stored<AccountFields>;

/** Everything that is asked of the accounts' documents. */
export interface AccountsStore {
  /** Throws `EMAIL_TAKEN` or `HANDLE_TAKEN`: unique keys decide who is first. */
  add(fields: AccountFields): Promise<StoredAccount>;
  byId(id: string): Promise<StoredAccount | undefined>;
  /** Deleted accounts have no address. */
  byEmail(email: string): Promise<StoredAccount | undefined>;
  byHandle(handle: string): Promise<StoredAccount | undefined>;
  /** Compare-and-set on what was read; undefined when it is no longer current. Throws like `add`. */
  change(
    read: StoredAccount,
    patch: Partial<AccountFields>,
    facts?: readonly Fact[],
  ): Promise<StoredAccount | undefined>;
  factSource: FactSource;
  close(): Promise<void>;
}

export async function openAccountsStore(open: OpenCollection): Promise<AccountsStore> {
  const accounts = await open<AccountFields>({
    service: "accounts",
    noun: "account",
    fields: { email: "text", handle: "text", role: "text", status: "text" },
    unique: [["email"], ["handle"]],
  });
  const first = async (filter: { email: string } | { handle: string }) =>
    (await accounts.find({ filter, limit: 1 })).items[0];
  return {
    add: (fields) => named(accounts.insert(fields)),
    byId: (id) => accounts.get(id),
    byEmail: (email) => first({ email }),
    byHandle: (handle) => first({ handle }),
    change: ({ id, rev }, patch, facts = []) => named(accounts.change(id, rev, patch, facts)),
    factSource: accounts,
    close: () => accounts.close(),
  };
}

/** A taken key in the words of the contract. */
async function named<T>(write: Promise<T>): Promise<T> {
  try {
    return await write;
  } catch (error) {
    if (!(error instanceof DuplicateKey)) throw error;
    throw error.key.includes("email") ? EmailTaken() : HandleTaken();
  }
}

const MOST_TRIES = 20;

/**
 * Changes an account however often somebody else is faster: `patchOf` is asked again with each newer state. Undefined
 * from it leaves the account as it is. Answers the account as it is now, or undefined when there is none.
 */
export async function changeAccount(
  store: AccountsStore,
  id: string,
  patchOf: (read: StoredAccount) => Partial<AccountFields> | undefined,
  factsOf: (read: StoredAccount) => readonly Fact[] = () => [],
): Promise<StoredAccount | undefined> {
  for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
    const read = await store.byId(id);
    const patch = read && patchOf(read);
    if (!patch) return read;
    const changed = await store.change(read, patch, factsOf(read));
    if (changed) return changed;
  }
  throw new Error(`Account ${id} is changed too often at once`);
}
