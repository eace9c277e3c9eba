import {
  DuplicateKey,
  type Collection,
  type Filter,
  type OpenCollection,
  type Stored,
} from "../../mixins/collection/collection.ts";
import type { FactSource } from "../../mixins/bus/relay.ts";
import type { Fact } from "../../mixins/contract.ts";
import { folded } from "../../mixins/folded.ts";
import { EmailTaken, HandleTaken, type AccountStatus, type Language, type Role } from "./account.contract.ts";
import { openFormerHandles, type FormerHandles } from "./profiles/former-handles.ts";
import { pageByNumber, searchTextOf } from "./profiles/member-search.ts";
import { isReservedHandle } from "./profiles/reserved-handles.ts";

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
  /** Where a deleted account's last letter goes; null as soon as that has been taken over. */
  farewell?: { email: string; language: Language; emailVerifiedAt?: string } | null;
  /** Unique: the keyed request that registered it; whoever repeats that gets this account. */
  onceKey?: string | null;
}
export type StoredAccount = Stored<AccountFields>;
/** With what is derived from it for searching; null for who is not to be found. */
type AccountDocument = AccountFields & { searchText?: string | null };

export interface MemberQuery {
  /** What handle or name contain; everybody without it. */
  search?: string | undefined;
  exceptId: string;
  /** From 1. */
  page: number;
  size: number;
}

/** Everything that is asked of the accounts' documents. */
export interface AccountsStore {
  /** Throws `EMAIL_TAKEN` or `HANDLE_TAKEN`: unique keys decide who is first, and nobody gets a former handle of others. */
  add(fields: AccountFields): Promise<StoredAccount>;
  byId(id: string): Promise<StoredAccount | undefined>;
  /** Deleted accounts have no address. */
  byEmail(email: string): Promise<StoredAccount | undefined>;
  byHandle(handle: string): Promise<StoredAccount | undefined>;
  byOnceKey(onceKey: string): Promise<StoredAccount | undefined>;
  /** Active members by handle. */
  search(query: MemberQuery): Promise<{ items: StoredAccount[]; total: number }>;
  /**
   * Compare-and-set on what was read; undefined when it is no longer current. Throws like `add`. A handle that is given
   * up is kept for its owner; that of an account that is deleted, from everybody.
   */
  change(
    read: StoredAccount,
    patch: Partial<AccountFields>,
    facts?: readonly Fact[],
  ): Promise<StoredAccount | undefined>;
  formerHandles: FormerHandles;
  factSource: FactSource;
  purge(nowMs: number): Promise<number>;
  close(): Promise<void>;
}

export async function openAccountsStore(open: OpenCollection, clock: () => number = Date.now): Promise<AccountsStore> {
  const formerHandles = await openFormerHandles(open, clock);
  const accounts = await open<AccountDocument>({
    service: "accounts",
    noun: "account",
    fields: { email: "text", handle: "text", role: "text", status: "text", searchText: "text", onceKey: "text" },
    unique: [["email"], ["handle"], ["onceKey"]],
    // A search reads every key of it, and no document but those that it answers: a third of the time.
    indexes: [["status", "handle", "searchText"]],
  });
  const first = async (filter: { email: string } | { handle: string } | { onceKey: string }) =>
    (await accounts.find({ filter, limit: 1 })).items[0];
  const isOthers = async (handle: string, accountId?: string) =>
    isReservedHandle(handle) || ![undefined, accountId].includes(await formerHandles.keptFor(handle));
  const change: AccountsStore["change"] = (read, patch, facts = []) =>
    named(accounts.change(read.id, read.rev, searchable({ ...read, ...patch }, patch), facts));

  return {
    formerHandles,
    async add(fields) {
      if (await isOthers(fields.handle)) throw HandleTaken();
      const account = await named(accounts.insert(searchable(fields, fields)));
      // Its former owner kept it before giving it up, so whoever was quick enough to get it sees that here.
      if (!(await isOthers(fields.handle))) return account;
      await accounts.remove(account.id);
      throw HandleTaken();
    },
    byId: (id) => accounts.get(id),
    byEmail: (email) => first({ email }),
    byHandle: (handle) => first({ handle }),
    byOnceKey: (onceKey) => first({ onceKey }),
    search: (query) => search(accounts, query),
    async change(read, patch, facts) {
      const { handle = read.handle, status } = patch;
      if (handle === read.handle) return change(read, patch, facts);
      if (status === "deleted") {
        // Or somebody would be taken for who has just left. Kept first, as below.
        await formerHandles.retire(read.handle);
        return change(read, patch, facts);
      }
      if (await isOthers(handle, read.id)) throw HandleTaken();
      // Kept first: a process that dies between the two writes leaves a handle that is kept for its present holder.
      await formerHandles.keep(read.handle, read.id);
      const changed = await change(read, patch, facts);
      if (!changed || !(await isOthers(handle, read.id))) return changed;
      await change(changed, before(read, patch));
      throw HandleTaken();
    },
    factSource: accounts,
    purge: (nowMs) => formerHandles.purge(nowMs),
    close: async () => void (await Promise.all([accounts.close(), formerHandles.close()])),
  };
}

/** The patch that takes another one back. */
const before = (read: StoredAccount, patch: Partial<AccountFields>): Partial<AccountFields> =>
  Object.fromEntries(Object.keys(patch).map((field) => [field, read[field as keyof AccountFields]]));

/** What is written, with what the account is found by from then on. */
const searchable = <P extends Partial<AccountFields>>(account: AccountFields, written: P) => ({
  ...written,
  searchText: account.status === "deleted" ? null : searchTextOf(account),
});

async function search(accounts: Collection<AccountDocument>, { search: text, exceptId, ...page }: MemberQuery) {
  const filter: Filter<AccountDocument> = {
    ...{ status: "active", id: { ne: exceptId } },
    ...(text !== undefined && { searchText: { contains: folded(text) } }),
  };
  return {
    items: await pageByNumber(accounts, { filter, sort: ["handle"] }, page),
    total: await accounts.count(filter),
  };
}

/** A taken key in the words of the contract. */
async function named<T>(write: Promise<T>): Promise<T> {
  try {
    return await write;
  } catch (error) {
    if (!(error instanceof DuplicateKey)) throw error;
    // A keyed request comes with one address: its repetition at the same moment has that, too.
    throw error.key.includes("handle") ? HandleTaken() : EmailTaken();
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
