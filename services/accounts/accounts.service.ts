import type { ServiceSchema } from "moleculer";
import { answers } from "../../mixins/answer.ts";
import type { OpenCollection } from "../../mixins/collection/collection.ts";
import { on } from "../../mixins/bus/bus.ts";
import { facts } from "../../mixins/facts.ts";
import { config } from "../../moleculer.config.ts";
import { AccountDeleted, Accounts } from "./accounts.contract.ts";
import { credentialAnswers } from "./credentials/credentials.ts";
import { internalAnswers } from "./for-services.ts";
import { openOffice, type AccountsSettings, type Office } from "./office.ts";
import { finishLeaving } from "./profiles/leaving.ts";
import { profileAnswers } from "./profiles/profiles.ts";
import { tallySubscriptions } from "./profiles/tallies.ts";
import type { Providers } from "./providers/identity-provider.ts";
import { providerAnswers } from "./providers/providers.ts";
import { secondFactorAnswers } from "./second-factor/second-factor.ts";
import { signInAnswers } from "./sign-in/sign-in.ts";

export interface AccountsPorts {
  /** Both are asked when the service starts. */
  open: () => OpenCollection;
  settings: () => AccountsSettings;
  /** Unix milliseconds. */
  clock?: () => number;
  /** Who vouches for people; by default those whom the settings have credentials for. */
  providers?: Providers;
}

const PURGE_EVERY_MS = 10 * 60_000;

/** Accounts and their sign-ins: who somebody is, and for how long we believe it. */
export function accountsService({ open, settings, clock = Date.now, providers }: AccountsPorts): ServiceSchema {
  let opened: Office;
  let purging: NodeJS.Timeout;
  const office = () => opened;

  return {
    name: Accounts.$name,
    mixins: [
      facts({
        relays: () => [opened.accounts.factSource],
        subscriptions: [
          on(AccountDeleted, ({ accountId }) => finishLeaving(opened, accountId)),
          ...tallySubscriptions(office),
        ],
      }),
    ],

    actions: answers(Accounts, {
      ...signInAnswers(office),
      ...credentialAnswers(office),
      ...secondFactorAnswers(office),
      ...providerAnswers(office),
      ...profileAnswers(office),
      ...internalAnswers(office),
    }),

    async started() {
      opened = await openOffice({ open: open(), settings: settings(), broker: this.broker, clock, providers });
      const purge = () => void opened.purge(clock()).catch((error) => this.logger.warn("Purge failed", error));
      purge();
      purging = setInterval(purge, PURGE_EVERY_MS).unref();
    },

    async stopped() {
      clearInterval(purging);
      await opened?.close();
    },
  };
}

export default accountsService({ open: () => config().store.open, settings: () => config() });
