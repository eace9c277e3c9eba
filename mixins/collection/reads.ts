import type { Fact } from "../contract.ts";
import type { Change, ChangePosition, CollectionPage, Filter, Query } from "./collection.ts";
import type { AnyQuery, DocumentAdapter, RowQuery } from "./document-adapter.ts";
import { following, orderOf, readCursor, signatureOf, sortNames, writeCursor, type Step } from "./keyset.ts";
import { toChange, toStored, type Row } from "./row.ts";
import { toRowQuery, type Shape } from "./shape.ts";

/** Matches documents that are not removed. */
export const LIVE: RowQuery = { _removed: { $ne: true } };

const CHANGE_ORDER: readonly Step[] = [
  { field: "changedAt", descending: false },
  { field: "_id", descending: false },
];

/** One page of a query. The filter and sort are checked; a cursor must come from the same ones. */
export async function findPage<T>(
  adapter: DocumentAdapter,
  shape: Shape,
  { filter = {}, sort = [], limit, cursor }: Query<T>,
): Promise<CollectionPage<T>> {
  const wanted = checkedLimit(limit);
  const order = orderOf(shape, sort);
  const matching = liveQuery(shape, filter);
  const signature = signatureOf(shape, filter, order);
  const queries: AnyQuery[] =
    cursor === undefined
      ? [matching]
      : following(order, readCursor(shape, signature, order, cursor)).map((range) => ({ $and: [matching, range] }));
  const rows = await firstRows(adapter, queries, order, wanted + 1);
  const last = rows.length > wanted ? rows[wanted - 1] : undefined;
  return {
    items: rows.slice(0, wanted).map((row) => toStored<T>(row)),
    nextCursor: last === undefined ? null : writeCursor(signature, order, last),
  };
}

export const liveQuery = <T>(shape: Shape, filter: Filter<T>): RowQuery => ({ ...toRowQuery(shape, filter), ...LIVE });

/** Rows after a position in the order of their last change, tombstones included. */
export async function changesAfter<T>(
  adapter: DocumentAdapter,
  { after, limit }: { after?: ChangePosition | undefined; limit: number },
): Promise<Change<T>[]> {
  const queries = after === undefined ? [{}] : following(CHANGE_ORDER, [after.changedAt, after.id]);
  const rows = await firstRows(adapter, queries, CHANGE_ORDER, checkedLimit(limit), true);
  return rows.map((row) => toChange<T>(row));
}

/** The oldest facts that wait for the bus. */
export async function waitingFacts(
  adapter: DocumentAdapter,
  limit: number,
): Promise<{ documentId: string; fact: Fact }[]> {
  const rows = await adapter.withFacts(checkedLimit(limit));
  return rows.flatMap(({ _id, _facts = [] }) => _facts.map((fact) => ({ documentId: _id, fact }))).slice(0, limit);
}

/** Runs queries one after another until enough rows are found. */
async function firstRows(
  adapter: DocumentAdapter,
  queries: readonly AnyQuery[],
  order: readonly Step[],
  limit: number,
  settled = false,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const query of queries) {
    rows.push(...(await adapter.find({ query, sort: sortNames(order), limit: limit - rows.length, settled })));
    if (rows.length === limit) break;
  }
  return rows;
}

function checkedLimit(limit: number): number {
  if (!Number.isSafeInteger(limit) || limit < 1) throw new TypeError(`A limit of ${limit} is no positive integer`);
  return limit;
}
