import { Client, type estypes } from "@elastic/elasticsearch";
import { within } from "../../../mixins/within.ts";
import { checkNearest, checkQuery, checkStatistics } from "../domain/query-rules.ts";
import {
  SearchError,
  type BulkOutcome,
  type EnginePage,
  type EngineQuery,
  type FacetField,
  type Group,
  type Hit,
  type Operation,
  type SearchEngine,
  type StatisticsQuery,
} from "../search-engine.ts";
import { searchErrorOf } from "./elasticsearch-errors.ts";
import { indexDefinition, indexName } from "./elasticsearch-index.ts";
import { nearestRequest, searchRequest, statisticsRequest } from "./elasticsearch-query.ts";

/** Below the second that one attempt of a call may take. */
const READ_TIMEOUT_MS = 900;
const WRITE_TIMEOUT_MS = 30_000;

interface ElasticsearchOptions {
  url: string;
  /** Name under which the index is read and written; lower case. */
  alias: string;
  /** For one search; writes have half a minute. */
  requestTimeoutMs?: number;
}
type Source = { shown: unknown };
interface Bucket {
  key: string | number | (string | number)[];
  doc_count: number;
  averagePrice: { value: number };
}

/** Elasticsearch 8 and 9. Nothing is asked of the server before the first call, so that it may come up later. */
export function openElasticsearchEngine({
  url,
  alias,
  requestTimeoutMs = READ_TIMEOUT_MS,
}: ElasticsearchOptions): SearchEngine {
  const client = new Client({ node: url, maxRetries: 0, requestTimeout: WRITE_TIMEOUT_MS });
  const reading = { requestTimeout: requestTimeoutMs };
  const index = alias;
  let prepared: Promise<void> | undefined;

  /** Runs a request on the index, which is made first when it is not there; rejects with `SearchError` only. */
  async function ask<T>(request: () => Promise<T>, patienceMs = requestTimeoutMs): Promise<T> {
    try {
      prepared ??= prepareIndex(client, alias);
      prepared.catch(() => (prepared = undefined));
      await within(patienceMs, prepared, "Preparing the index");
      return await request();
    } catch (error) {
      const told = searchErrorOf(error);
      if (told.code === "UNAVAILABLE") prepared = undefined;
      throw told;
    }
  }

  return {
    kind: "elasticsearch",
    bulk: (operations) =>
      ask(async () => {
        if (operations.length === 0) return { applied: 0, stale: 0, failed: [] };
        const body = { index, require_alias: true, operations: operations.flatMap(bulkLines) };
        return bulkOutcome(await client.bulk(body));
      }, WRITE_TIMEOUT_MS),
    refresh: () => ask(async () => void (await client.indices.refresh({ index })), WRITE_TIMEOUT_MS),
    search: (query) =>
      ask(async () => {
        checkQuery(query);
        return pageOf(await client.search<Source>({ index, ...searchRequest(query) }, reading), query);
      }),
    statistics: (query) =>
      ask(async () => {
        checkStatistics(query);
        return groupsOf(await client.search({ index, ...statisticsRequest(query) }, reading), query);
      }),
    nearest: (query) =>
      ask(async () => {
        checkNearest(query);
        return hitsOf(await client.search<Source>({ index, ...nearestRequest(query) }, reading));
      }),
    bookmark: () =>
      ask(async () => {
        const [kept] = Object.values(await client.indices.getMapping({ index }));
        return (kept?.mappings._meta?.bookmark as string | undefined) ?? null;
      }, WRITE_TIMEOUT_MS),
    keepBookmark: (bookmark) =>
      ask(async () => void (await client.indices.putMapping({ index, _meta: { bookmark } })), WRITE_TIMEOUT_MS),
    health: () => ask(async () => ({ cars: (await client.count({ index }, reading)).count })),
    close: () => client.close(),
  };
}

/** Makes the index of this version and turns the alias to it; one that is there already stays as it is. */
async function prepareIndex(client: Client, alias: string): Promise<void> {
  const index = indexName(alias);
  if (await client.indices.existsAlias({ index, name: alias })) return;
  await client.indices.create({ index, ...indexDefinition }).catch((error: unknown) => {
    if (!String(error).includes("resource_already_exists_exception")) throw error;
  });
  await client.indices.updateAliases({
    actions: [{ remove: { index: `${alias}-v*`, alias, must_exist: false } }, { add: { index, alias } }],
  });
}

/** External versions: a repeated write is the same again, an older one a conflict. */
function bulkLines({ id, rev, ...operation }: Operation): object[] {
  const meta = { _id: id, version: rev, version_type: "external_gte" };
  return operation.type === "upsert" ? [{ index: meta }, operation.document] : [{ delete: meta }];
}

/** A full server refuses items one by one inside a good answer; then the whole batch is to be sent again. */
function bulkOutcome({ items }: estypes.BulkResponse): BulkOutcome {
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

function pageOf({ hits, aggregations, ...answer }: estypes.SearchResponse<Source>, query: EngineQuery): EnginePage {
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

const hitsOf = ({ hits }: Pick<estypes.SearchResponse<Source>, "hits">): Hit[] =>
  hits.hits.map(({ _id, _source, sort }) => ({
    id: String(_id),
    shown: _source!.shown,
    position: (sort ?? []) as (string | number)[],
  }));

/** A histogram comes in the order of its keys, the other groupings by count. */
function groupsOf({ aggregations }: estypes.SearchResponse, { groupBy, limit }: StatisticsQuery): Group[] {
  const { buckets } = aggregations!.groups as unknown as { buckets: Bucket[] };
  if ("step" in groupBy) buckets.sort((one, other) => other.doc_count - one.doc_count);
  return buckets.slice(0, limit).map(({ key, doc_count: count, averagePrice }) => ({
    key: [key].flat(),
    count,
    averagePrice: averagePrice.value,
  }));
}
