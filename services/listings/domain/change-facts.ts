import type { Fact } from "../../../mixins/contract.ts";
import { ListingChanged, ListingPublished, ListingRemoved, type Car } from "../listings.contract.ts";

type Told = Pick<Car, "id" | "version" | "status" | "sellerId">;

/** What becomes known when a car changes from one state (undefined: there was none) to another. */
export function changeFacts(before: Told | undefined, after: Told): Fact[] {
  const changed = ListingChanged({ listingId: after.id, version: after.version });
  const [wasOnSale, isOnSale] = [before?.status === "onSale", after.status === "onSale"];
  if (after.sellerId === null || wasOnSale === isOnSale) return [changed];
  const kind = isOnSale ? ListingPublished : ListingRemoved;
  return [changed, kind({ listingId: after.id, sellerId: after.sellerId })];
}
