import { openElasticsearchEngine } from "../../../../services/search/adapters/elasticsearch-engine.ts";
import { indexDefinition } from "../../../../services/search/adapters/elasticsearch-index.ts";
import { queryWords } from "../../../../services/search/domain/analysis.ts";
import type { SearchEngine } from "../../../../services/search/search-engine.ts";
import { openElasticsearchDouble, type ScriptedAnswer, type SeenRequest } from "../../../doubles/elasticsearch.ts";
import { document } from "../../../conformance/search-cars.ts";

let double: Awaited<ReturnType<typeof openElasticsearchDouble>>;
let engine: SearchEngine;
let answer: (request: SeenRequest) => ScriptedAnswer | undefined;
beforeEach(async () => {
  answer = () => undefined;
  double = await openElasticsearchDouble((request) => answer(request));
  engine = openElasticsearchEngine({ url: double.url, alias: "test-cars" });
});
afterEach(async () => {
  await engine.close();
  await double.close();
});
const sent = (ending: string): unknown => JSON.parse(double.last(ending).body);

test("an index that is missing is made with its mapping, and the alias turned to it", async () => {
  answer = ({ method }) => (method === "HEAD" ? { status: 404 } : undefined);
  await engine.refresh();
  expect(double.seen.map(({ method, path }) => `${method} ${path}`)).toEqual([
    "HEAD /test-cars-v2/_alias/test-cars",
    "PUT /test-cars-v2",
    "POST /_aliases",
    "GET /test-cars/_refresh",
  ]);
  expect(JSON.parse(double.seen[1]!.body)).toEqual(indexDefinition);
  expect(JSON.parse(double.seen[2]!.body)).toEqual({
    actions: [
      { remove: { index: "test-cars-v*", alias: "test-cars", must_exist: false } },
      { add: { index: "test-cars-v2", alias: "test-cars" } },
    ],
  });
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
  expect(double.last("/test-cars/_search").method).toBe("POST");
  expect(sent("/test-cars/_search")).toEqual({
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

test("the bookmark is kept in the mapping of the index and lost with it", async () => {
  answer = ({ method, path }) =>
    method === "GET" && path.endsWith("/_mapping")
      ? { body: { "test-cars-v2": { mappings: { _meta: { bookmark: "here" } } } } }
      : undefined;
  expect(await engine.bookmark()).toBe("here");
  await engine.keepBookmark("there");
  expect(sent("/_mapping")).toEqual({ _meta: { bookmark: "there" } });
});
