import { on, type Subscription } from "../../../mixins/bus/bus.ts";
import { ListingPublished, ListingRemoved } from "../../listings/listings.contract.ts";
import type { Office } from "../office.ts";
import { Summary } from "./profiles.contract.ts";

/**
 * Which fact counts what on a member's own page; one line each. A fact counts once, however often it comes, as far as it
 * comes again among an account's next 256.
 */
export function tallySubscriptions(office: () => Office): Subscription[] {
  const count = (accountId: string, counts: Partial<Summary>, factId: string) =>
    office().tallies.count(accountId, counts, factId);
  return [
    on(ListingPublished, ({ sellerId }, factId) => count(sellerId, { listings: 1 }, factId)),
    on(ListingRemoved, ({ sellerId }, factId) => count(sellerId, { listings: -1 }, factId)),
  ];
}

/** The counts as they are shown: what nothing has counted yet is 0. */
export const summaryOf = (counts: Partial<Summary>): Summary =>
  Summary.parse(
    Object.fromEntries(
      Object.keys(Summary.shape).map((name) => [name, Math.max(0, counts[name as keyof Summary] ?? 0)]),
    ),
  );
