import type { ServiceBroker } from "moleculer";
import type { Collection, OpenCollection } from "../../mixins/collection/collection.ts";
import { leaseCollection, type LeaseRow } from "../../mixins/lease.ts";
import { openAccountsStore, type AccountsStore } from "./accounts.store.ts";
import { openKeyed, type Keyed } from "./keyed.ts";
import type { PostOffice } from "./mails/post-office.ts";
import { openOneTimeTokens, type OneTimeTokens } from "./one-time.ts";
import { openOwed, type MailSettings, type Owed } from "./owed.ts";
import { openDevicesStore, type DevicesStore } from "./profiles/devices.store.ts";
import { openTalliesStore, type TalliesStore } from "./profiles/tallies.store.ts";
import { openIdentitiesStore, type IdentitiesStore } from "./providers/identities.store.ts";
import type { Providers } from "./providers/identity-provider.ts";
import { openProviders, type ProviderSettings } from "./providers/open-providers.ts";
import { openSecondFactorStore, type SecondFactorStore } from "./second-factor/second-factor.store.ts";
import { openSecurityEvents, type SecurityEvents } from "./security-events.ts";
import { accessTokens, type AccessTokens } from "./sign-in/access-tokens.ts";
import { openEndings, type Endings } from "./sign-in/endings.ts";
import { refreshKey } from "./sign-in/refresh-family.ts";
import { sessions, type Sessions } from "./sign-in/sessions.ts";
import { openSignInStore, type SignInStore } from "./sign-in/sign-in.store.ts";
import { openSigningKeys, type SigningKeys } from "./sign-in/signing-keys.ts";

/** What an installation says of itself, as far as accounts ask. */
export interface AccountsSettings extends ProviderSettings, MailSettings {
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
  signingKeys: SigningKeys;
  endings: Endings;
  oneTime: OneTimeTokens;
  secondFactors: SecondFactorStore;
  identities: IdentitiesStore;
  /** Who vouches for people. */
  providers: Providers;
  leases: Collection<LeaseRow>;
  devices: DevicesStore;
  /** What is counted of each member. */
  tallies: TalliesStore;
  events: SecurityEvents;
  /** Jobs that are done by and by. */
  owed: Owed;
  post: PostOffice;
  settings: AccountsSettings;
  keyed: Keyed;
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
  /** Others than the settings name. */
  providers?: Providers | undefined;
}

export async function openOffice(ports: OfficePorts): Promise<Office> {
  const { open, settings, broker, clock } = ports;
  const providers = ports.providers ?? openProviders(settings, (line) => broker.getLogger("providers").warn(line));
  const [accounts, signIns, oneTime, secondFactors, identities, leases, devices, tallies, events, endings, keys, owed] =
    await Promise.all([
      openAccountsStore(open, clock),
      openSignInStore(open),
      openOneTimeTokens(open, clock),
      openSecondFactorStore(open),
      openIdentitiesStore(open),
      open(leaseCollection("accounts")),
      openDevicesStore(open),
      openTalliesStore(open),
      openSecurityEvents(open, clock),
      openEndings(open, broker, clock),
      openSigningKeys(open, settings.jwtSecret, clock),
      openOwed({ open, settings, broker, clock }),
    ]);
  const secret = settings.jwtSecret;
  const stores = {
    ...{ accounts, signIns, oneTime, secondFactors, identities, leases },
    ...{ devices, tallies, events, endings, signingKeys: keys },
  };
  const office: Office = {
    ...stores,
    ...{ providers, owed, post: owed.post, settings, keyed: openKeyed(secret), clock },
    sessions: sessions({ store: signIns, endings, events, key: refreshKey(secret), clock }),
    tokens: accessTokens({ keys, endings, secret, clock }),
    async purge(nowMs) {
      const parts = [accounts, signIns, oneTime, events, endings, keys, owed];
      const counts = await Promise.all(parts.map((part) => part.purge(nowMs)));
      return counts.reduce((sum, count) => sum + count, 0);
    },
    async close() {
      // First of all: what is in hand needs the others.
      await owed.close();
      await Promise.all(Object.values(stores).map((store) => store.close()));
    },
  };
  owed.begin(office);
  return office;
}
