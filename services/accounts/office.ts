import type { ServiceBroker } from "moleculer";
import { accessTokens, type AccessTokens } from "../../mixins/access-token.ts";
import type { Collection, OpenCollection } from "../../mixins/collection/collection.ts";
import { leaseCollection, type LeaseRow } from "../../mixins/lease.ts";
import { openAccountsStore, type AccountsStore } from "./accounts.store.ts";
import { openPostOffice, type PostOffice } from "./mails/post-office.ts";
import { openOneTimeTokens, type OneTimeTokens } from "./one-time.ts";
import { openSecondFactorStore, type SecondFactorStore } from "./second-factor/second-factor.store.ts";
import { openSecurityEvents, type SecurityEvents } from "./security-events.ts";
import { openEndings, type Endings } from "./sign-in/endings.ts";
import { refreshKey } from "./sign-in/refresh-family.ts";
import { sessions, type Sessions } from "./sign-in/sessions.ts";
import { openSignInStore, type SignInStore } from "./sign-in/sign-in.store.ts";

/** What an installation says of itself, as far as accounts ask. */
export interface AccountsSettings {
  /** What tokens and secrets at rest are protected with. */
  jwtSecret: string;
  /** Where clients reach us. */
  publicUrl: string;
  /** Origins besides ours whose pages may call, and so may ask for passkeys. */
  corsOrigins: readonly string[];
  /** Whether failed sign-ins are counted by address, too. */
  rateLimits: boolean;
}

/** What the parts of accounts work with, once the service has started. */
export interface Office {
  accounts: AccountsStore;
  signIns: SignInStore;
  sessions: Sessions;
  tokens: AccessTokens;
  endings: Endings;
  oneTime: OneTimeTokens;
  secondFactors: SecondFactorStore;
  leases: Collection<LeaseRow>;
  events: SecurityEvents;
  post: PostOffice;
  settings: AccountsSettings;
  /** Unix milliseconds. */
  clock: () => number;
  /** Removes what has expired; answers how much. */
  purge(nowMs: number): Promise<number>;
  close(): Promise<void>;
}

interface OfficePorts {
  open: OpenCollection;
  settings: AccountsSettings;
  broker: ServiceBroker;
  clock: () => number;
}

export async function openOffice({ open, settings, broker, clock }: OfficePorts): Promise<Office> {
  const [accounts, signIns, oneTime, secondFactors, leases, events, endings, post] = await Promise.all([
    openAccountsStore(open),
    openSignInStore(open),
    openOneTimeTokens(open, clock),
    openSecondFactorStore(open),
    open(leaseCollection("accounts")),
    openSecurityEvents(open, clock),
    openEndings(open, broker, clock),
    openPostOffice(open, settings, broker.getLogger("mail")),
  ]);
  const key = refreshKey(settings.jwtSecret);
  return {
    ...{ accounts, signIns, oneTime, secondFactors, leases, events, endings, post, settings, clock },
    sessions: sessions({ store: signIns, endings, key, clock }),
    tokens: accessTokens({ secret: settings.jwtSecret }),
    async purge(nowMs) {
      const counts = await Promise.all([signIns, oneTime, events, endings].map((part) => part.purge(nowMs)));
      return counts.reduce((sum, count) => sum + count, 0);
    },
    close: async () =>
      void (await Promise.all(
        [post, accounts, signIns, oneTime, secondFactors, leases, events, endings].map((part) => part.close()),
      )),
  };
}
