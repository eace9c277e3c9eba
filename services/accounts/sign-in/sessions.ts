import { randomBytes } from "node:crypto";
import type { KeyedDigest } from "../../../mixins/keyed-digest.ts";
import type { Proof } from "../account.contract.ts";
import type { StoredAccount } from "../accounts.store.ts";
import type { SecurityEvents } from "../security-events.ts";
import type { Endings } from "./endings.ts";
import { firstGeneration, refreshToken, type SessionEnd } from "./refresh-family.ts";
import { rotation, seenAt, type Place } from "./rotation.ts";
import { RefreshReused } from "./sign-in.contract.ts";
import type { SignInStore, StoredSession } from "./sign-in.store.ts";

/** A live sign-in with the refresh token that is current now. */
export interface Session {
  id: string;
  accountId: string;
  refresh: string;
}

/** Sign-ins, begun, refreshed and ended by compare-and-set on their one document. */
export interface Sessions {
  begin(account: Pick<StoredAccount, "id">, place: Place, proofs: readonly Proof[]): Promise<Session>;
  /** Spends a refresh token. Throws `INVALID_TOKEN`, or `REFRESH_REUSED` after it has ended the family. */
  refresh(token: string, place: Place): Promise<Session>;
  /** The session that a refresh token of any generation belongs to; undefined for what is none. */
  ofRefresh(token: string): Promise<StoredSession | undefined>;
  live(id: string): Promise<StoredSession | undefined>;
  /** Those of an account that are still good, latest first. */
  liveOf(accountId: string): Promise<StoredSession[]>;
  /**
   * Ends a sign-in: its refresh family in the store, then its access tokens at every edge. Answers it when this call is
   * what ended it. After a crash between the two a repetition does the rest; without one the access tokens that are out
   * live to their end, a quarter of an hour at most, and are never followed by others.
   */
  end(id: string, endedBy: SessionEnd): Promise<StoredSession | undefined>;
  /** Ends all of an account, or all but one; answers how many. */
  endAll(accountId: string, endedBy: SessionEnd, exceptId?: string): Promise<number>;
  /** Notes that its owner proved just now who they are. */
  prove(id: string, proofs: readonly Proof[]): Promise<void>;
}

interface SessionPorts {
  store: SignInStore;
  endings: Endings;
  events: Pick<SecurityEvents, "note">;
  key: KeyedDigest;
  clock: () => number;
}

/** An account has no more at once; those that were not seen for longest end. */
export const MOST_LIVE = 100;

export function sessions({ store, endings, events, key, clock }: SessionPorts): Sessions {
  const current = (session: StoredSession): Session => ({
    id: session.id,
    accountId: session.accountId,
    refresh: refreshToken(key, session, session.generation),
  });
  const isLive = (session: StoredSession) => !session.endedBy && session.expiresAtMs > clock();
  const tokens = rotation(store, key, clock);

  /** Answers the changed session; undefined when there was nothing to change. */
  const change = async (
    id: string,
    patchOf: (session: StoredSession) => Partial<StoredSession> | undefined,
  ): Promise<StoredSession | undefined> => {
    for (;;) {
      const read = await store.session(id);
      const patch = read && patchOf(read);
      if (!patch) return undefined;
      const changed = await store.changeSession(read, patch);
      if (changed) return changed;
    }
  };

  const end = async (id: string, endedBy: SessionEnd) => {
    const ended = await change(id, (session) => (session.endedBy ? undefined : { endedBy }));
    await endings.end([id]);
    return ended;
  };

  const liveOf = async (accountId: string) =>
    (await store.liveSessionsOf(accountId, clock())).sort((a, b) => b.lastSeenAtMs - a.lastSeenAtMs);

  const endCrowd = async (accountId: string) => {
    if ((await store.countLiveSessions(accountId, clock())) <= MOST_LIVE) return;
    for (const { id } of (await liveOf(accountId)).slice(MOST_LIVE)) await end(id, "crowd");
  };

  return {
    async begin(account, place, proofs) {
      const salt = randomBytes(16).toString("base64url");
      const proved = { proofs: [...proofs], provedBy: [...proofs], provedAtMs: clock() };
      const fields = { accountId: account.id, salt, ...seenAt(place, clock()), ...proved, ...firstGeneration(clock()) };
      const begun = await store.addSession(fields);
      await endCrowd(account.id);
      return current(begun);
    },

    async refresh(token, place) {
      const { session, reused } = await tokens.spend(token, place);
      if (!reused) return current(session);
      const ended = await end(session.id, "reuse");
      if (ended) await events.note({ ...place, sessionId: ended.id }, ended.accountId, "refreshReused");
      throw RefreshReused();
    },

    ofRefresh: tokens.sessionOf,
    async live(id) {
      const session = await store.session(id);
      return session && isLive(session) ? session : undefined;
    },
    liveOf,
    end,
    async endAll(accountId, endedBy, exceptId) {
      const others = (await liveOf(accountId)).filter(({ id }) => id !== exceptId);
      const ended = await Promise.all(others.map(({ id }) => end(id, endedBy)));
      return ended.filter(Boolean).length;
    },
    prove: async (id, proofs) => void (await change(id, () => ({ provedAtMs: clock(), provedBy: [...proofs] }))),
  };
}
