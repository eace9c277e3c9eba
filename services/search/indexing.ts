import type { ServiceBroker } from "moleculer";
import type { Carrier, Result } from "../../mixins/contract.ts";
import { Listings, type Car } from "../listings/listings.contract.ts";
import { operationFor, UNRATED } from "./domain/car-document.ts";
import { ratingsOf } from "./ratings.ts";
import type { Index, Operation } from "./search-engine.ts";

type Changes = Result<(typeof Listings)["$actions"]["changes"]>["changes"];
export type Change = Changes[number];
/** How far the owner's changes were followed. */
export interface Place {
  changedAt: string;
  id: string;
}

const MOST_AT_ONCE = 1000;
/** So few fit into one message however long their descriptions are. */
const FEW = 20;

/** What puts these cars into an index, rated while a model answers, and takes those out that are not on sale. */
export async function operationsFor(via: Carrier, cars: readonly Car[]): Promise<Operation[]> {
  const onSale = cars.filter(({ status }) => status === "onSale");
  const ratings = await ratingsOf(via, onSale);
  const rated = new Map(onSale.map(({ id }, at) => [id, ratings[at]!]));
  return cars.map((car) => operationFor(car, rated.get(car.id) ?? UNRATED));
}

/** Answers how many were applied; what cannot be indexed is told in the log. */
export async function write(
  index: Index,
  operations: readonly Operation[],
  logger: ServiceBroker["logger"],
): Promise<number> {
  if (operations.length === 0) return 0;
  const { applied, failed } = await index.bulk(operations);
  for (const { id, reason } of failed) logger.warn(`Search cannot index ${id}: ${reason}`);
  return applied;
}

/**
 * Batches of the owner's changes, each asked for while the one before is being used. When one does not come it may be
 * too large for a message: then it is asked for in small ones.
 */
export async function* changesAfter(via: Carrier, from?: Place): AsyncGenerator<Changes> {
  let limit = MOST_AT_ONCE;
  const read = async (after: Place | undefined) =>
    (await Listings.changes(via, { limit, ...(after && { after: { changedAt: after.changedAt, id: after.id } }) }))
      .changes;
  for (let place = from, next: Promise<Changes> | undefined; ;) {
    const asked = limit;
    const changes = await (next ?? read(place)).catch((error: unknown) => {
      if (limit === FEW) throw error;
      limit = FEW;
      return undefined;
    });
    next = undefined;
    if (!changes) continue;
    place = changes.at(-1) ?? place;
    const isLast = changes.length < asked;
    limit = Math.min(MOST_AT_ONCE, asked * 2);
    if (!isLast) {
      next = read(place);
      next.catch(() => undefined);
    }
    if (changes.length > 0) yield changes;
    if (isLast) return;
  }
}
