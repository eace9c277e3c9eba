import type { ServiceSchema } from "moleculer";
import { accessTokens, type AccessTokens } from "../../mixins/access-token.ts";
import { answers, callerId } from "../../mixins/answer.ts";
import { Unauthenticated } from "../../mixins/failure.ts";
import { config } from "../../moleculer.config.ts";
import { Accounts, InvalidToken, type SignedIn } from "./accounts.contract.ts";
import { openAccountsStore, type AccountsStore, type StoredAccount } from "./accounts.store.ts";
import { checkCredentials } from "./domain/credentials.ts";
import { refreshKey } from "./domain/refresh-family.ts";
import { registerAccount } from "./domain/registration.ts";
import { sessions, type Session, type Sessions } from "./domain/sessions.ts";
import { ownView } from "./own-view.ts";

export interface AccountsPorts {
  openStore: () => Promise<AccountsStore>;
  /** What access and refresh tokens are signed with; read when the service starts. */
  secret: () => string;
  /** Unix milliseconds. */
  clock?: () => number;
}

const PURGE_EVERY_MS = 10 * 60_000;

/** Accounts and their sign-ins: who somebody is, and for how long we believe it. */
export function accountsService({ openStore, secret, clock = Date.now }: AccountsPorts): ServiceSchema {
  let store: AccountsStore;
  let signIns: Sessions;
  let tokens: AccessTokens;
  let purging: NodeJS.Timeout;

  const signedIn = async (account: StoredAccount, { id, refresh }: Session): Promise<SignedIn> => ({
    user: ownView(account),
    access: await tokens.sign({ accountId: account.id, roles: [account.role], sessionId: id }, new Date(clock())),
    refresh,
    csrfToken: tokens.csrfToken(id),
  });

  return {
    name: Accounts.$name,

    actions: answers(Accounts, {
      async register(application) {
        const account = await registerAccount(store, application);
        return signedIn(account, await signIns.begin(account));
      },
      async login(credentials) {
        const account = await checkCredentials(store, credentials, clock);
        return signedIn(account, await signIns.begin(account));
      },
      async refresh({ refresh }) {
        if (refresh === undefined) throw InvalidToken();
        const session = await signIns.refresh(refresh);
        const account = await store.accountById(session.accountId);
        if (!account) throw InvalidToken();
        return signedIn(account, session);
      },
      async verify({ token }) {
        const claims = await tokens.verify(token);
        if (!claims || !(await signIns.isLive(claims.sessionId))) throw InvalidToken();
        return null;
      },
      async logout({ refresh }) {
        if (refresh !== undefined) await signIns.end(refresh);
        return null;
      },
      async me(_params, ctx) {
        const account = await store.accountById(callerId(ctx));
        if (!account) throw Unauthenticated();
        return ownView(account);
      },
    }),

    async started() {
      store = await openStore();
      tokens = accessTokens({ secret: secret() });
      signIns = sessions({ store, key: refreshKey(secret()), clock });
      const purge = () => void store.purgeExpired(clock()).catch((error) => this.logger.warn("Purge failed", error));
      purge();
      purging = setInterval(purge, PURGE_EVERY_MS).unref();
    },

    async stopped() {
      clearInterval(purging);
      await store?.close();
    },
  };
}

export default accountsService({
  openStore: () => openAccountsStore(config().store.open),
  secret: () => config().jwtSecret,
});
