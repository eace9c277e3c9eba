import type { OpenCollection } from "../../../mixins/collection/collection.ts";
import type { Summary } from "./profiles.contract.ts";

/** What is counted of each member. It can be dropped and counted again from the facts' owners. */
export interface TalliesStore {
  of(accountId: string): Promise<Partial<Summary>>;
  /** Adds to the counts of an account; the same fact again adds nothing. */
  count(accountId: string, counts: Partial<Summary>, factId: string): Promise<void>;
  close(): Promise<void>;
}

/** One document per account, its id the account's. */
export async function openTalliesStore(open: OpenCollection): Promise<TalliesStore> {
  const tallies = await open<Partial<Summary>>({ service: "accounts", noun: "tally", fields: {} });
  return {
    of: async (accountId) => (await tallies.get(accountId)) ?? {},
    count: async (accountId, counts, factId) => void (await tallies.increment(accountId, counts, factId)),
    close: () => tallies.close(),
  };
}
