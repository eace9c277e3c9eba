import type { Collection, OpenCollection, Stored } from "../../../mixins/collection/collection.ts";
import { isNew } from "../../../mixins/collection/collection.ts";
import type { Proof } from "../account.contract.ts";
import type { FailedAttempts } from "./failed-attempts.ts";
import type { RefreshFamily } from "./refresh-family.ts";

/** One sign-in: a refresh family, whose it is, and where it is used. */
export interface SessionFields extends Omit<RefreshFamily, "id"> {
  accountId: string;
  ip: string | null;
  userAgent: string | null;
  lastSeenAtMs: number;
  /** How it was opened. */
  proofs: Proof[];
  /** When its owner last proved who they are, Unix milliseconds. */
  provedAtMs: number;
  /** How, that last time: nothing proved before it counts. */
  provedBy: Proof[];
}
export type StoredSession = Stored<SessionFields>;

interface FailedAttemptsFields extends FailedAttempts {
  /** Digest of what was guessed at, or from where: nothing readable is kept of strangers. */
  aboutDigest: string;
}

const PURGE_BATCH = 500;

/** Everything that sign-ins ask of their store. */
export interface SignInStore {
  addSession(fields: SessionFields): Promise<StoredSession>;
  session(id: string): Promise<StoredSession | undefined>;
  /** Compare-and-set; undefined when somebody else changed the session since it was read. */
  changeSession(read: StoredSession, patch: Partial<SessionFields>): Promise<StoredSession | undefined>;
  /** All that are kept of an account, ended ones too. */
  sessionsOf(accountId: string): Promise<StoredSession[]>;
  failedAttempts(aboutDigest: string): Promise<Stored<FailedAttempts> | undefined>;
  /** Puts `next` in the place of what was read (undefined: nothing was there); false when that is no longer current. */
  replaceFailedAttempts(
    aboutDigest: string,
    read: Stored<FailedAttempts> | undefined,
    next: FailedAttempts,
  ): Promise<boolean>;
  /** False when they are no longer what was read. */
  forgetFailedAttempts(read: Stored<FailedAttempts>): Promise<boolean>;
  /** Removes sessions and failures that have expired; answers how many. */
  purge(nowMs: number): Promise<number>;
  close(): Promise<void>;
}

export async function openSignInStore(open: OpenCollection): Promise<SignInStore> {
  const sessions = await open<SessionFields>({
    service: "accounts",
    noun: "session",
    fields: { accountId: "text", expiresAtMs: "integer" },
    indexes: [["accountId"], ["expiresAtMs"]],
  });
  const failures = await open<FailedAttemptsFields>({
    service: "accounts",
    noun: "failedAttempts",
    fields: { aboutDigest: "text", forgottenAtMs: "integer" },
    unique: [["aboutDigest"]],
    indexes: [["forgottenAtMs"]],
  });

  return {
    addSession: (fields) => sessions.insert(fields),
    session: (id) => sessions.get(id),
    changeSession: ({ id, rev }, patch) => sessions.change(id, rev, patch),
    async sessionsOf(accountId) {
      const found: StoredSession[] = [];
      for (let cursor: string | null | undefined; cursor !== null;) {
        const page = await sessions.find({ filter: { accountId }, limit: PURGE_BATCH, cursor });
        found.push(...page.items);
        cursor = page.nextCursor;
      }
      return found;
    },
    failedAttempts: async (aboutDigest) => (await failures.find({ filter: { aboutDigest }, limit: 1 })).items[0],
    replaceFailedAttempts: async (aboutDigest, read, next) =>
      read
        ? (await failures.change(read.id, read.rev, next)) !== undefined
        : isNew(failures.insert({ aboutDigest, ...next })),
    forgetFailedAttempts: ({ id, rev }) => failures.remove(id, rev),
    purge: async (nowMs) =>
      (await purge(sessions, { expiresAtMs: { lte: nowMs } })) +
      (await purge(failures, { forgottenAtMs: { lte: nowMs } })),
    close: async () => void (await Promise.all([sessions.close(), failures.close()])),
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
