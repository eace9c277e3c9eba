import { randomBytes } from "node:crypto";
import { InvalidToken, RefreshReused } from "../accounts.contract.ts";
import type { AccountsStore, StoredAccount, StoredSession } from "../accounts.store.ts";
import {
  firstGeneration,
  isToken,
  judge,
  nextGeneration,
  readClaim,
  refreshToken,
  type RefreshFamily,
} from "./refresh-family.ts";

/** A live sign-in with the refresh token that is current now. */
export interface Session {
  id: string;
  accountId: string;
  refresh: string;
}

/** Sign-ins, begun, refreshed and ended by compare-and-set on their one document. */
export interface Sessions {
  begin(account: StoredAccount): Promise<Session>;
  /** Spends a refresh token. Throws `INVALID_TOKEN`, or `REFRESH_REUSED` after it has ended the family. */
  refresh(token: string): Promise<Session>;
  /** Ends the sign-in that a refresh token belongs to, whatever its generation; anything else is left in peace. */
  end(token: string): Promise<void>;
  isLive(id: string): Promise<boolean>;
}

interface SessionPorts {
  store: AccountsStore;
  key: Buffer;
  clock: () => number;
}

export function sessions({ store, key, clock }: SessionPorts): Sessions {
  const current = (session: StoredSession): Session => ({
    id: session.id,
    accountId: session.accountId,
    refresh: refreshToken(key, session, session.generation),
  });

  /** The session of a genuine token; undefined when the text is none. */
  const genuine = async (token: string) => {
    const claim = readClaim(token);
    const session = claim && (await store.session(claim.familyId));
    return session && isToken(key, session, claim.generation, token)
      ? { session, generation: claim.generation }
      : undefined;
  };

  const end = async (session: StoredSession, endedBy: RefreshFamily["endedBy"]): Promise<void> => {
    for (let read: StoredSession | undefined = session; read && !read.endedBy; read = await store.session(session.id)) {
      if (await store.changeSession(read, { endedBy })) return;
    }
  };

  return {
    async begin(account) {
      const salt = randomBytes(16).toString("base64url");
      return current(await store.addSession({ accountId: account.id, salt, ...firstGeneration(clock()) }));
    },

    async refresh(token) {
      for (;;) {
        const found = await genuine(token);
        if (!found) throw InvalidToken();
        const { session, generation } = found;
        const verdict = judge(session, generation, clock());
        if (verdict === "dead") throw InvalidToken();
        if (verdict === "repeat") return current(session);
        if (verdict === "reused") {
          await end(session, "reuse");
          throw RefreshReused();
        }
        const rotated = await store.changeSession(session, nextGeneration(session, clock()));
        if (rotated) return current(rotated);
      }
    },

    async end(token) {
      const found = await genuine(token);
      if (found) await end(found.session, "logout");
    },

    async isLive(id) {
      const session = await store.session(id);
      return session !== undefined && !session.endedBy && session.expiresAtMs > clock();
    },
  };
}
