import type { Collection, OpenCollection, Stored } from "../../mixins/collection/collection.ts";
import { isNew } from "../../mixins/collection/collection.ts";
import type { Account } from "./accounts.contract.ts";
import type { FailedSignIns } from "./domain/login-guard.ts";
import type { RefreshFamily } from "./domain/refresh-family.ts";

/** An account as it is kept. `email` is canonical; `passwordHash` is a PHC string and never leaves the service. */
export interface AccountFields extends Omit<Account, "id" | "createdAt"> {
  passwordHash: string;
}
export type StoredAccount = Stored<AccountFields>;

/** One sign-in: a refresh family and whose it is. */
export interface SessionFields extends Omit<RefreshFamily, "id"> {
  accountId: string;
}
export type StoredSession = Stored<SessionFields>;

interface FailedSignInsFields extends FailedSignIns {
  /** Digest of the canonical e-mail address: nothing readable is kept of strangers. */
  addressDigest: string;
}

const PURGE_BATCH = 500;

/** Everything that accounts ask of their store. */
export interface AccountsStore {
  /** Throws `DuplicateKey` that names `email` or `handle` when it is taken. */
  addAccount(fields: AccountFields): Promise<StoredAccount>;
  accountById(id: string): Promise<StoredAccount | undefined>;
  accountByEmail(email: string): Promise<StoredAccount | undefined>;
  addSession(fields: SessionFields): Promise<StoredSession>;
  session(id: string): Promise<StoredSession | undefined>;
  /** Compare-and-set; undefined when somebody else changed the session since it was read. */
  changeSession(read: StoredSession, patch: Partial<SessionFields>): Promise<StoredSession | undefined>;
  failedSignIns(addressDigest: string): Promise<Stored<FailedSignIns> | undefined>;
  /** Puts `next` in the place of what was read (undefined: nothing was there); false when that is no longer current. */
  replaceFailedSignIns(
    addressDigest: string,
    read: Stored<FailedSignIns> | undefined,
    next: FailedSignIns,
  ): Promise<boolean>;
  forgetFailedSignIns(id: string): Promise<void>;
  /** Removes sessions and failures that have expired; answers how many. */
  purgeExpired(nowMs: number): Promise<number>;
  close(): Promise<void>;
}

export async function openAccountsStore(open: OpenCollection): Promise<AccountsStore> {
  const accounts = await open<AccountFields>({
    service: "accounts",
    noun: "account",
    fields: { email: "text", handle: "text", role: "text" },
    unique: [["email"], ["handle"]],
  });
  const sessions = await open<SessionFields>({
    service: "accounts",
    noun: "session",
    fields: { accountId: "text", expiresAtMs: "integer" },
    indexes: [["accountId"], ["expiresAtMs"]],
  });
  const failures = await open<FailedSignInsFields>({
    service: "accounts",
    noun: "failedSignIns",
    fields: { addressDigest: "text", forgottenAtMs: "integer" },
    unique: [["addressDigest"]],
    indexes: [["forgottenAtMs"]],
  });

  return {
    addAccount: (fields) => accounts.insert(fields),
    accountById: (id) => accounts.get(id),
    accountByEmail: async (email) => (await accounts.find({ filter: { email }, limit: 1 })).items[0],
    addSession: (fields) => sessions.insert(fields),
    session: (id) => sessions.get(id),
    changeSession: ({ id, rev }, patch) => sessions.change(id, rev, patch),
    failedSignIns: async (addressDigest) => (await failures.find({ filter: { addressDigest }, limit: 1 })).items[0],
    replaceFailedSignIns: async (addressDigest, read, next) =>
      read
        ? (await failures.change(read.id, read.rev, next)) !== undefined
        : isNew(failures.insert({ addressDigest, ...next })),
    forgetFailedSignIns: async (id) => void (await failures.remove(id)),
    purgeExpired: async (nowMs) =>
      (await purge(sessions, { expiresAtMs: { lte: nowMs } })) +
      (await purge(failures, { forgottenAtMs: { lte: nowMs } })),
    close: async () => void (await Promise.all([accounts, sessions, failures].map((each) => each.close()))),
  };
}

/** Removes one batch of what matches, each document only as it was found. */
async function purge<T extends object>(
  collection: Collection<T>,
  filter: NonNullable<Parameters<Collection<T>["find"]>[0]["filter"]>,
): Promise<number> {
  const { items } = await collection.find({ filter, limit: PURGE_BATCH });
  const removed = await Promise.all(items.map(({ id, rev }) => collection.remove(id, rev)));
  return removed.filter(Boolean).length;
}
