import type { OpenCollection, Stored } from "../../../mixins/collection/collection.ts";
import { isNew } from "../../../mixins/collection/collection.ts";
import { findEvery, removeEvery } from "../../../mixins/collection/every-match.ts";
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

/** Where an account has signed in from, once or often. */
interface FamiliarPlaceFields {
  accountId: string;
  /** Digest of account, device and network. */
  digest: string;
  /** Familiar until then, Unix milliseconds. */
  forgottenAtMs: number;
}
type FamiliarPlace = Stored<FamiliarPlaceFields>;

/** Everything that sign-ins ask of their store. */
export interface SignInStore {
  addSession(fields: SessionFields): Promise<StoredSession>;
  session(id: string): Promise<StoredSession | undefined>;
  /** Compare-and-set; undefined when somebody else changed the session since it was read. */
  changeSession(read: StoredSession, patch: Partial<SessionFields>): Promise<StoredSession | undefined>;
  /** All that are kept of an account, ended ones too. */
  sessionsOf(accountId: string): Promise<StoredSession[]>;
  /** Those that are neither ended nor expired. */
  liveSessionsOf(accountId: string, nowMs: number): Promise<StoredSession[]>;
  countLiveSessions(accountId: string, nowMs: number): Promise<number>;
  failedAttempts(aboutDigest: string): Promise<Stored<FailedAttempts> | undefined>;
  /** Puts `next` in the place of what was read (undefined: nothing was there); false when that is no longer current. */
  replaceFailedAttempts(
    aboutDigest: string,
    read: Stored<FailedAttempts> | undefined,
    next: FailedAttempts,
  ): Promise<boolean>;
  /** False when they are no longer what was read. */
  forgetFailedAttempts(read: Stored<FailedAttempts>): Promise<boolean>;
  familiarPlace(digest: string): Promise<FamiliarPlace | undefined>;
  hasFamiliarPlaces(accountId: string): Promise<boolean>;
  /** False when it is familiar already. */
  addPlace(fields: FamiliarPlaceFields): Promise<boolean>;
  /** Keeps a place familiar for longer; whoever is faster in doing so did it for both. */
  keepPlace(read: FamiliarPlace, forgottenAtMs: number): Promise<void>;
  /** Where an account signed in from: its familiar places go, its sign-ins stay until they expire and say it no more. */
  forgetPlaces(accountId: string): Promise<void>;
  /** Removes what has expired; answers how much. */
  purge(nowMs: number): Promise<number>;
  close(): Promise<void>;
}

export async function openSignInStore(open: OpenCollection): Promise<SignInStore> {
  const sessions = await open<SessionFields>({
    service: "accounts",
    noun: "session",
    fields: { accountId: "text", endedBy: "text", expiresAtMs: "integer" },
    indexes: [["accountId", "endedBy", "expiresAtMs"], ["expiresAtMs"]],
  });
  const failures = await open<FailedAttemptsFields>({
    service: "accounts",
    noun: "failedAttempts",
    fields: { aboutDigest: "text", forgottenAtMs: "integer" },
    unique: [["aboutDigest"]],
    indexes: [["forgottenAtMs"]],
  });
  const places = await open<FamiliarPlaceFields>({
    service: "accounts",
    noun: "familiarPlace",
    fields: { accountId: "text", digest: "text", forgottenAtMs: "integer" },
    unique: [["digest"]],
    indexes: [["accountId"], ["forgottenAtMs"]],
  });
  const live = (accountId: string, nowMs: number) => ({ accountId, endedBy: null, expiresAtMs: { gt: nowMs } });

  return {
    addSession: (fields) => sessions.insert(fields),
    session: (id) => sessions.get(id),
    changeSession: ({ id, rev }, patch) => sessions.change(id, rev, patch),
    sessionsOf: (accountId) => findEvery(sessions, { accountId }),
    liveSessionsOf: (accountId, nowMs) => findEvery(sessions, live(accountId, nowMs)),
    countLiveSessions: (accountId, nowMs) => sessions.count(live(accountId, nowMs)),
    failedAttempts: async (aboutDigest) => (await failures.find({ filter: { aboutDigest }, limit: 1 })).items[0],
    replaceFailedAttempts: async (aboutDigest, read, next) =>
      read
        ? (await failures.change(read.id, read.rev, next)) !== undefined
        : isNew(failures.insert({ aboutDigest, ...next })),
    forgetFailedAttempts: ({ id, rev }) => failures.remove(id, rev),
    familiarPlace: async (digest) => (await places.find({ filter: { digest }, limit: 1 })).items[0],
    hasFamiliarPlaces: async (accountId) => (await places.count({ accountId })) > 0,
    addPlace: (fields) => isNew(places.insert(fields)),
    keepPlace: async ({ id, rev }, forgottenAtMs) => void (await places.change(id, rev, { forgottenAtMs })),
    async forgetPlaces(accountId) {
      await sessions.changeWhere({ accountId }, { ip: null, userAgent: null });
      await Promise.all((await findEvery(places, { accountId })).map(({ id }) => places.remove(id)));
    },
    purge: async (nowMs) =>
      (await removeEvery(sessions, { expiresAtMs: { lte: nowMs } })) +
      (await removeEvery(failures, { forgottenAtMs: { lte: nowMs } })) +
      (await removeEvery(places, { forgottenAtMs: { lte: nowMs } })),
    close: async () => void (await Promise.all([sessions, failures, places].map((part) => part.close()))),
  };
}
