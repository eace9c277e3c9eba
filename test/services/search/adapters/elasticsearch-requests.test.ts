import { openElasticsearchEngine } from "../../../../services/search/adapters/elasticsearch-engine.ts";
import { indexDefinition } from "../../../../services/search/adapters/elasticsearch-index.ts";
import { queryWords } from "../../../../services/search/domain/analysis.ts";
import type { SearchEngine } from "../../../../services/search/search-engine.ts";
import { openElasticsearchDouble, type ScriptedAnswer, type SeenRequest } from "../../../doubles/elasticsearch.ts";
import { document } from "../../../conformance/search-cars.ts";
import { eventually } from "../../../eventually.ts";

let double: Awaited<ReturnType<typeof openElasticsearchDouble>>;
let engine: SearchEngine;
let answer: (request: SeenRequest) => ScriptedAnswer | undefined;
beforeEach(async () => {
  answer = () => undefined;
  double = await openElasticsearchDouble((request) => answer(request));
  engine = openElasticsearchEngine({ url: double.url, name: "test-cars" });
});
afterEach(async () => {
  await engine.close();
  await double.close();
});
const sent = (ending: string): unknown => JSON.parse(double.last(ending).body);

const requests = () => double.seen.map(({ method, path }) => `${method} ${decodeURIComponent(path)}`);

test("where there is nothing, templates are put and an index with its alias is made in one step", async () => {
  answer = ({ method }) => (method === "GET" ? { body: {} } : undefined);
  await engine.refresh();
  expect(requests()).toEqual([
    "GET /test-cars-v*/_alias?allow_no_indices=true",
    "PUT /_component_template/test-cars-v3",
    "PUT /_component_template/test-cars@custom?create=true",
    "PUT /_index_template/test-cars-v3",
    "GET /test-cars-v*/_alias?allow_no_indices=true",
    "PUT /test-cars-v3-000001",
    "GET /test-cars-v3/_refresh",
  ]);
  const bodies = double.seen.map(({ body }) => (body ? (JSON.parse(body) as unknown) : undefined));
  expect(bodies[1]).toEqual({ template: indexDefinition });
  expect(bodies[3]).toEqual({
    index_patterns: ["test-cars-v3-0*"],
    priority: 500,
    composed_of: ["test-cars-v3", "test-cars@custom"],
  });
  expect(bodies[5]).toEqual({ aliases: { "test-cars-v3": {} } });
});

test("what the operator put into the template of theirs stays, and an index that somebody else made serves", async () => {
  const exists = (type: string) => ({ status: 400, body: { error: { type, reason: "already exists" } } });
  answer = ({ method, path }) => {
    if (method === "GET" && path.includes("_alias")) return { body: {} };
    if (path.includes("custom")) return exists("illegal_argument_exception");
    return path.startsWith("/test-cars-v3-0") ? exists("resource_already_exists_exception") : undefined;
  };
  expect(await engine.health()).toEqual({ cars: 0 });
});

test("the index of another version answers and is not written to, until ours was filled and turned to", async () => {
  const indices: Record<string, object> = { "test-cars-v2": { aliases: { "test-cars": {} } } };
  indices["test-cars-v4-000001"] = { aliases: { "test-cars-v4-next": {} } };
  answer = ({ method, path }) => (method === "GET" && path.includes("_alias") ? { body: indices } : undefined);
  expect(await engine.isOwn()).toBe(false);
  await engine.search({ filter: {}, sort: [], limit: 1 });
  expect(double.last("/_search").path).toMatch(/^\/test-cars\/_search/);
  await expect(engine.bulk([])).rejects.toMatchObject({ code: "UNAVAILABLE" });
  const draft = await engine.beginDraft("begun");
  expect(JSON.parse(double.last("/test-cars-v3-000001").body)).toEqual({
    aliases: { "test-cars-v3-next": {} },
    mappings: { _meta: { note: "begun" } },
  });
  indices["test-cars-v3-000001"] = { aliases: { "test-cars-v3-next": {} } };
  await draft.promote();
  expect(sent("/_aliases")).toEqual({
    actions: [
      { remove: { index: "test-cars-v3-000001", alias: "test-cars-v3-next", must_exist: true } },
      { remove: { index: "test-cars-v3-*", alias: "test-cars-v3", must_exist: false } },
      { add: { index: "test-cars-v3-000001", alias: "test-cars-v3" } },
    ],
  });
  indices["test-cars-v3-000001"] = { aliases: { "test-cars-v3": {} } };
  await eventually(async () => expect(await engine.isOwn()).toBe(true));
  await engine.search({ filter: {}, sort: [], limit: 1 });
  expect(double.last("/_search").path).toMatch(/^\/test-cars-v3\/_search/);
});

test("tidying removes former indices of ours and those of versions that nobody uses", async () => {
  const aliases = (...names: string[]) => ({ aliases: Object.fromEntries(names.map((name) => [name, {}])) });
  const indices = {
    "test-cars-v1": aliases("test-cars"),
    "test-cars-v2-000003": aliases("test-cars-v2"),
    "test-cars-v3-000001": aliases(),
    "test-cars-v3-000002": aliases("test-cars-v3"),
    "test-cars-v3-000003": aliases("test-cars-v3-next"),
    "test-cars-v3-extra": aliases(),
  };
  answer = ({ method }) => (method === "GET" ? { body: indices } : undefined);
  await engine.tidy(async (version) => version === 1);
  const removed = double.seen.filter(({ method }) => method === "DELETE").map(({ path }) => path.split("?")[0]);
  expect(removed).toEqual(["/test-cars-v1", "/test-cars-v3-000001"]);
});

test("words, conditions, sort and disjunctive facets make this request", async () => {
  const buckets = [{ key: "Kia", doc_count: 3 }];
  const aggregations = { brand: { values: { buckets } }, model: { values: { buckets: [] } } };
  const hits = { total: { value: 21 }, hits: [{ _id: "a", _source: { shown: { id: "a" } }, sort: [12, 5, "a"] }] };
  answer = ({ path }) => (path.includes("_search") ? { body: { timed_out: false, hits, aggregations } } : undefined);
  const page = await engine.search({
    words: queryWords("그랜저 2.4 차"),
    filter: { currency: { in: ["GBP"] }, brand: { in: ["Hyundai", "Kia"] }, year: { gte: 2015, lte: 2019 } },
    sort: [
      { field: "score", descending: true },
      { field: "createdAt", descending: true },
    ],
    offset: 20,
    limit: 10,
    facets: ["brand", "model"],
  });
  expect(page).toEqual({
    total: 21,
    hits: [{ id: "a", shown: { id: "a" }, position: [12, 5, "a"] }],
    facets: { brand: [{ value: "Kia", count: 3 }], model: [] },
  });
  const word = (text: string, kind: "term" | "prefix" = "term") => ({
    dis_max: {
      queries: [
        { constant_score: { filter: { [kind]: { title: text } }, boost: 4 } },
        { constant_score: { filter: { [kind]: { description: text } }, boost: 1 } },
      ],
    },
  });
  const brands = { terms: { brand: ["Hyundai", "Kia"] } };
  const terms = (field: string) => ({
    values: { terms: { field, size: 200, order: [{ _count: "desc" }, { _key: "asc" }] } },
  });
  expect(double.last("/test-cars-v3/_search").method).toBe("POST");
  expect(sent("/test-cars-v3/_search")).toEqual({
    from: 20,
    size: 10,
    query: {
      bool: {
        must: [word("그랜"), word("랜저"), word("2.4"), word("차", "prefix")],
        filter: [{ terms: { currency: ["GBP"] } }, { range: { year: { gte: 2015, lte: 2019 } } }],
      },
    },
    post_filter: { bool: { filter: [brands] } },
    aggs: {
      brand: { filter: { bool: { filter: [] } }, aggs: terms("brand") },
      model: { filter: { bool: { filter: [brands] } }, aggs: terms("model") },
    },
    sort: [{ _score: { order: "desc" } }, { createdAt: { order: "desc" } }, { id: "asc" }],
    track_total_hits: true,
    _source: ["shown"],
  });
});

test("a position becomes search_after, an exclusion must_not, no words at all match_none", async () => {
  const price = { field: "price", descending: false } as const;
  await engine.search({ words: [], filter: { ratedBy: { not: "m@1" } }, sort: [price], limit: 5, after: [100, "x"] });
  expect(sent("/_search")).toMatchObject({
    search_after: [100, "x"],
    query: { bool: { must: [{ match_none: {} }], filter: [{ bool: { must_not: [{ term: { ratedBy: "m@1" } }] } }] } },
  });
});

test("statistics are terms, pairs of terms or steps, each with the average price", async () => {
  answer = ({ path }) =>
    path.includes("_search") ? { body: { aggregations: { groups: { buckets: [] } } } } : undefined;
  const aggs = { averagePrice: { avg: { field: "price" } } };
  const order = [{ _count: "desc" }, { _key: "asc" }];
  await engine.statistics({ filter: {}, groupBy: ["year"], limit: 7 });
  expect(sent("/_search")).toMatchObject({
    size: 0,
    aggs: { groups: { terms: { field: "year", size: 7, order }, aggs } },
  });
  await engine.statistics({ filter: {}, groupBy: ["brand", "model"], limit: 7 });
  const terms = [{ field: "brand" }, { field: "model" }];
  expect(sent("/_search")).toMatchObject({ aggs: { groups: { multi_terms: { terms, size: 7, order }, aggs } } });
  await engine.statistics({ filter: {}, groupBy: { field: "price", step: 5000 }, limit: 7 });
  const histogram = { field: "price", interval: 5000, min_doc_count: 1 };
  expect(sent("/_search")).toMatchObject({ aggs: { groups: { histogram, aggs } } });
});

test("nearness is a script with the place as parameters", async () => {
  await engine.nearest({ filter: {}, year: 2018, mileageKm: 30_000, kmPerYear: 15_000, limit: 3 });
  const params = { year: 2018, mileageKm: 30_000, kmPerYear: 15_000 };
  expect(sent("/_search")).toMatchObject({
    size: 3,
    sort: [{ _script: { type: "number", order: "asc", script: { lang: "painless", params } } }, { id: "asc" }],
  });
});

test("a bulk is NDJSON with external versions, and its answer is sorted into applied, stale and failed", async () => {
  answer = ({ path }) =>
    path.includes("_bulk")
      ? {
          body: {
            errors: true,
            items: [
              { index: { _id: "a", status: 201 } },
              {
                index: { _id: "b", status: 409, error: { type: "version_conflict_engine_exception", reason: "newer" } },
              },
              {
                index: { _id: "c", status: 400, error: { type: "strict_dynamic_mapping_exception", reason: "colour" } },
              },
              { delete: { _id: "d", status: 404 } },
            ],
          },
        }
      : undefined;
  const upsert = (id: string, rev: number) => ({ type: "upsert" as const, id, rev, document: document({ id }) });
  const outcome = await engine.bulk([
    upsert("a", 2),
    upsert("b", 4),
    upsert("c", 2),
    { type: "delete", id: "d", rev: 5 },
  ]);
  expect(outcome).toEqual({ applied: 2, stale: 1, failed: [{ id: "c", reason: "colour" }] });
  const { headers, body } = double.last("/_bulk");
  expect(headers["content-type"]).toContain("x-ndjson");
  expect(body.endsWith("\n")).toBe(true);
  const lines = body
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
  expect(lines).toHaveLength(7);
  expect(lines.slice(0, 2)).toEqual([
    { index: { _id: "a", version: 2, version_type: "external_gte" } },
    document({ id: "a" }),
  ]);
  expect(lines.at(-1)).toEqual({ delete: { _id: "d", version: 5, version_type: "external_gte" } });
});

test("the note is kept in the mapping of the index, instead of the one that was read", async () => {
  const mappings = { "test-cars-v3-000007": { mappings: { _meta: { note: "here" } } } };
  answer = ({ method, path }) => (method === "GET" && path.endsWith("/_mapping") ? { body: mappings } : undefined);
  expect(await engine.note()).toBe("here");
  await engine.keepNote("there", "here");
  expect(double.last("/_mapping").path).toBe("/test-cars-v3-000007/_mapping");
  expect(sent("/_mapping")).toEqual({ _meta: { note: "there" } });
  await expect(engine.keepNote("elsewhere", "there")).rejects.toMatchObject({ code: "CONFLICT" });
});
