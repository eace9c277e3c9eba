import type { estypes } from "@elastic/elasticsearch";
import {
  SearchError,
  type BulkOutcome,
  type EnginePage,
  type EngineQuery,
  type FacetField,
  type Group,
  type Hit,
  type Operation,
  type StatisticsQuery,
} from "../search-engine.ts";

export type Source = { shown: unknown };
interface Bucket {
  key: string | number | (string | number)[];
  doc_count: number;
  averagePrice: { value: number };
}

/** External versions: a repeated write is the same again, an older one a conflict. */
export function bulkLines({ id, rev, ...operation }: Operation): object[] {
  const meta = { _id: id, version: rev, version_type: "external_gte" };
  return operation.type === "upsert" ? [{ index: meta }, operation.document] : [{ delete: meta }];
}

/** A full server refuses items one by one inside a good answer; then the whole batch is to be sent again. */
export function bulkOutcome({ items }: estypes.BulkResponse): BulkOutcome {
  const outcome: BulkOutcome = { applied: 0, stale: 0, failed: [] };
  for (const item of items) {
    const { status, error, _id } = (item.index ?? item.delete)!;
    if (status === 429) throw new SearchError("OVERLOADED", error?.reason ?? "The server is busy", 1);
    const missing = error?.type === "index_not_found_exception";
    if (status === 503 || missing) throw new SearchError("UNAVAILABLE", error?.reason ?? "A shard is missing");
    if (status === 409) outcome.stale++;
    else if (status < 300 || (item.delete && status === 404)) outcome.applied++;
    else outcome.failed.push({ id: String(_id), reason: error?.reason ?? `Status ${status}` });
  }
  return outcome;
}

export function pageOf(
  { hits, aggregations, ...answer }: estypes.SearchResponse<Source>,
  query: EngineQuery,
): EnginePage {
  if (answer.timed_out) throw new SearchError("TIMEOUT", "The search took too long");
  const values = (field: FacetField) =>
    (aggregations![field] as unknown as { values: { buckets: Bucket[] } }).values.buckets.map((bucket) => ({
      value: bucket.key as string | number,
      count: bucket.doc_count,
    }));
  return {
    total: (hits.total as estypes.SearchTotalHits).value,
    hits: hitsOf({ hits }),
    facets: Object.fromEntries((query.facets ?? []).map((field) => [field, values(field)])),
  };
}

export const hitsOf = ({ hits }: Pick<estypes.SearchResponse<Source>, "hits">): Hit[] =>
  hits.hits.map(({ _id, _source, sort }) => ({
    id: String(_id),
    shown: _source!.shown,
    position: (sort ?? []) as (string | number)[],
  }));

/** A histogram comes in the order of its keys, the other groupings by count. */
export function groupsOf({ aggregations }: estypes.SearchResponse, { groupBy, limit }: StatisticsQuery): Group[] {
  const { buckets } = aggregations!.groups as unknown as { buckets: Bucket[] };
  if ("step" in groupBy) buckets.sort((one, other) => other.doc_count - one.doc_count);
  return buckets.slice(0, limit).map(({ key, doc_count: count, averagePrice }) => ({
    key: [key].flat(),
    count,
    averagePrice: averagePrice.value,
  }));
}
