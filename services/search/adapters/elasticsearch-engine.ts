import { Client, errors } from "@elastic/elasticsearch";
import { within } from "../../../mixins/within.ts";
import { checkNearest, checkQuery, checkStatistics } from "../domain/query-rules.ts";
import { SearchError, type Draft, type Index, type SearchEngine } from "../search-engine.ts";
import { bulkLines, bulkOutcome, groupsOf, hitsOf, pageOf, type Source } from "./elasticsearch-answers.ts";
import { searchErrorOf } from "./elasticsearch-errors.ts";
import { INDEX_VERSION } from "./elasticsearch-index.ts";
import { nearestRequest, searchRequest, statisticsRequest, versionsRequest } from "./elasticsearch-query.ts";
import { Shelf, type Reading } from "./elasticsearch-shelf.ts";
import { Watch } from "./elasticsearch-watch.ts";

/** Leaves room in one attempt of a call, which is a second, for a plain answer instead. */
const READ_TIMEOUT_MS = 700;
const WRITE_TIMEOUT_MS = 30_000;
/** While another version's index answers, it looks this often whether ours does. */
const LOOK_AGAIN_MS = 1000;

interface ElasticsearchOptions {
  url: string;
  /** What all indices of this market are named by; lower case. */
  name: string;
  /** For one search; writes have half a minute. */
  requestTimeoutMs?: number;
}
/** Elasticsearch 8 and 9. Nothing is asked of the server before the first call, so that it may come up later. */
export function openElasticsearchEngine({
  url,
  name,
  requestTimeoutMs = READ_TIMEOUT_MS,
}: ElasticsearchOptions): SearchEngine {
  const client = new Client({ node: url, maxRetries: 0, requestTimeout: WRITE_TIMEOUT_MS });
  const reading = { requestTimeout: requestTimeoutMs };
  const shelf = new Shelf(client, name);
  const watch = new Watch(client);
  let known: { at: number; reading: Promise<Reading> } | undefined;

  /** Asks again after a while as long as another version's index answers, and after every loss or failure to ask. */
  async function target(): Promise<Reading> {
    const last = known;
    if (last && !(await last.reading).isOwn && last.at + LOOK_AGAIN_MS < Date.now()) known = undefined;
    return (known ??= look()).reading;
  }

  /** Until an index is found there is no engine, whatever the server says instead. */
  function look() {
    const asked = { at: Date.now(), reading: shelf.reading().catch(unavailableIfRefused) };
    asked.reading.catch(() => void (known === asked && (known = undefined)));
    return asked;
  }

  /** Runs a request; rejects with `SearchError` only. */
  async function ask<T>(request: (target: Reading) => Promise<T>, patienceMs = WRITE_TIMEOUT_MS): Promise<T> {
    try {
      watch.check();
      return await request(await within(patienceMs, target(), "Finding the index"));
    } catch (error) {
      watch.note(error);
      const told = searchErrorOf(error);
      if (told.code === "UNAVAILABLE") known = undefined;
      throw told;
    }
  }
  /** What an index of another version does not understand is not the caller's fault. */
  const search = <T>(request: (index: string) => Promise<T>) =>
    ask(async ({ index, isOwn }) => {
      const answer = request(index);
      return isOwn ? answer : answer.catch(unavailableIfRefused);
    }, requestTimeoutMs);
  const { live, draft } = shelf.names;
  const draftIndex: Draft = { ...indexBehind(client, draft, ask), promote: () => ask(() => shelf.promoteDraft()) };
  const liveIndex = indexBehind(client, live, (request) =>
    ask(async ({ isOwn }) => {
      if (!isOwn) throw new SearchError("UNAVAILABLE", "The index of this version is being filled");
      return request();
    }),
  );

  return {
    kind: "elasticsearch",
    place: `Elasticsearch at ${new URL(url).host}`,
    version: INDEX_VERSION,
    ...liveIndex,
    refresh: () => ask(async ({ index }) => void (await client.indices.refresh({ index }))),
    search: (query) =>
      search(async (index) => {
        checkQuery(query);
        return pageOf(await client.search<Source>({ index, ...searchRequest(query) }, reading), query);
      }),
    statistics: (query) =>
      search(async (index) => {
        checkStatistics(query);
        return groupsOf(await client.search({ index, ...statisticsRequest(query) }, reading), query);
      }),
    nearest: (query) =>
      search(async (index) => {
        checkNearest(query);
        return hitsOf(await client.search<Source>({ index, ...nearestRequest(query) }, reading));
      }),
    versions: (query) =>
      ask(async ({ index }) => {
        const { hits } = await client.search({ index, ...versionsRequest(query) });
        return hits.hits.map(({ _id, _version }) => ({ id: String(_id), rev: _version! }));
      }),
    health: () => search(async (index) => ({ cars: (await client.count({ index }, reading)).count })),
    isOwn: () => ask(async ({ isOwn }) => isOwn),
    draft: () => ask(async () => ((await shelf.hasDraft()) ? draftIndex : null)),
    beginDraft: (note) => ask(async () => shelf.beginDraft(note).then(() => draftIndex)),
    tidy: (isAbandoned) => ask(() => shelf.tidy(isAbandoned)),
    async close() {
      watch.close();
      await client.close();
    },
  };
}

/** The index that an alias leads to; its note lies in the mapping. An alias that leads nowhere makes no new index. */
function indexBehind(client: Client, alias: string, ask: <T>(request: () => Promise<T>) => Promise<T>): Index {
  const noted = async () => {
    const [[index, kept] = []] = Object.entries(await client.indices.getMapping({ index: alias }));
    return { index: index!, note: (kept?.mappings._meta?.note as string | undefined) ?? null };
  };
  return {
    bulk: (operations) =>
      ask(async () => {
        if (operations.length === 0) return { applied: 0, stale: 0, failed: [] };
        const body = { index: alias, require_alias: true, operations: operations.flatMap(bulkLines) };
        return bulkOutcome(await client.bulk(body));
      }),
    note: () => ask(async () => (await noted()).note),
    keepNote: (text, instead) =>
      ask(async () => {
        const { index, note } = await noted();
        if (note !== instead) throw new SearchError("CONFLICT", "Somebody else follows the owner too");
        await client.indices.putMapping({ index, _meta: { note: text } });
      }),
  };
}

function unavailableIfRefused(error: unknown): never {
  if (error instanceof errors.ResponseError) throw new SearchError("UNAVAILABLE", error.message);
  throw error;
}
