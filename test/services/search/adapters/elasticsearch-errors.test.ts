import { openElasticsearchEngine } from "../../../../services/search/adapters/elasticsearch-engine.ts";
import type { EngineQuery } from "../../../../services/search/search-engine.ts";
import { document } from "../../../conformance/search-cars.ts";
import { eventually } from "../../../eventually.ts";
import { openElasticsearchDouble, type ScriptedAnswer } from "../../../doubles/elasticsearch.ts";

const anything: EngineQuery = { filter: {}, sort: [], limit: 1 };
const upsert = { type: "upsert" as const, id: "a", rev: 1, document: document({ id: "a" }) };

async function withServer(answer: ScriptedAnswer, ask: (url: string) => Promise<void>): Promise<void> {
  const double = await openElasticsearchDouble(({ path }) => (/_search|_bulk/.test(path) ? answer : undefined));
  await ask(double.url).finally(() => double.close());
}

test.each<[string, ScriptedAnswer, object]>([
  ["429", { status: 429, headers: { "retry-after": "7" } }, { code: "OVERLOADED", retryAfterSeconds: 7 }],
  ["503", { status: 503 }, { code: "UNAVAILABLE" }],
  ["500", { status: 500 }, { code: "UNAVAILABLE" }],
  ["400", { status: 400, body: { error: { type: "parsing_exception" } } }, { code: "INVALID_QUERY" }],
  ["409", { status: 409 }, { code: "CONFLICT" }],
  ["504", { status: 504 }, { code: "TIMEOUT" }],
  ["silence", { silent: true }, { code: "TIMEOUT" }],
  ["an answer without the product header", { headers: { "x-elastic-product": "Other" } }, { code: "UNAVAILABLE" }],
  ["a search that gave up", { body: { timed_out: true, hits: { hits: [] } } }, { code: "TIMEOUT" }],
])("%s to a search is told as one of the port's errors", async (_, answer, error) => {
  await withServer(answer, async (url) => {
    const engine = openElasticsearchEngine({ url, name: "test", requestTimeoutMs: 500 });
    await expect(engine.search(anything)).rejects.toMatchObject({ name: "SearchError", ...error });
    await engine.close();
  });
});

test.each<[string, number, string]>([
  ["refused for want of room", 429, "OVERLOADED"],
  ["without its shard", 503, "UNAVAILABLE"],
  ["without its index", 404, "UNAVAILABLE"],
])("a bulk with one item %s is to be sent again as a whole", async (_, status, code) => {
  const type = status === 404 ? "index_not_found_exception" : "es_rejected_execution_exception";
  const error = { type, reason: "as told" };
  const items = [{ index: { _id: "b", status: 201 } }, { index: { _id: "a", status, error } }];
  await withServer({ body: { errors: true, items } }, async (url) => {
    const engine = openElasticsearchEngine({ url, name: "test" });
    await expect(engine.bulk([upsert])).rejects.toMatchObject({ name: "SearchError", code });
    await engine.close();
  });
});

test("a server that is not there is unavailable at once, and found again when it comes back", async () => {
  const gone = await openElasticsearchDouble(() => undefined);
  await gone.close();
  const engine = openElasticsearchEngine({ url: gone.url, name: "test" });
  await expect(engine.health()).rejects.toMatchObject({ name: "SearchError", code: "UNAVAILABLE" });
  const back = await openElasticsearchDouble(() => undefined, Number(new URL(gone.url).port));
  await eventually(async () => expect(await engine.health()).toEqual({ cars: 0 }));
  await engine.close();
  await back.close();
});

test("a server that is silent is waited for once; then it is unavailable at once until it answers", async () => {
  let silent = true;
  const double = await openElasticsearchDouble(() => (silent ? { silent } : undefined));
  const engine = openElasticsearchEngine({ url: double.url, name: "test", requestTimeoutMs: 300 });
  await expect(engine.search(anything)).rejects.toMatchObject({ name: "SearchError" });
  await eventually(() =>
    expect(engine.search(anything)).rejects.toMatchObject({ message: "The server does not answer" }),
  );
  const asked = double.seen.filter(({ path }) => path !== "/").length;
  await expect(engine.search(anything)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  await expect(engine.bulk([upsert])).rejects.toMatchObject({ code: "UNAVAILABLE" });
  expect(double.seen.filter(({ path }) => path !== "/")).toHaveLength(asked);
  silent = false;
  await eventually(async () => expect((await engine.search(anything)).total).toBe(0));
  await engine.close();
  await double.close();
});

test("an index that was deleted is looked for again at the next call", async () => {
  const missing = { status: 404, body: { error: { type: "index_not_found_exception" } } };
  const double = await openElasticsearchDouble(({ path }) => (path.includes("_search") ? missing : undefined));
  const engine = openElasticsearchEngine({ url: double.url, name: "test" });
  await expect(engine.search(anything)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  await engine.health();
  expect(double.seen.filter(({ path }) => path.includes("/_alias"))).toHaveLength(2);
  await engine.close();
  await double.close();
});

test.each<[string, ScriptedAnswer]>([
  ["429", { status: 429 }],
  ["408", { status: 408 }],
  ["504", { status: 504 }],
  ["400", { status: 400, body: { error: { type: "illegal_argument_exception" } } }],
])(
  "%s while the index is looked for means that there is no engine yet, and is no lasting answer",
  async (_, answer) => {
    let bad = true;
    const double = await openElasticsearchDouble(({ path }) => (bad && path.includes("/_alias") ? answer : undefined));
    const engine = openElasticsearchEngine({ url: double.url, name: "test" });
    await expect(engine.search(anything)).rejects.toMatchObject({ name: "SearchError", code: "UNAVAILABLE" });
    bad = false;
    expect((await engine.search(anything)).total).toBe(0);
    await engine.close();
    await double.close();
  },
);

test("a query that no engine may answer never reaches the server", async () => {
  const double = await openElasticsearchDouble(() => undefined);
  const engine = openElasticsearchEngine({ url: double.url, name: "test" });
  await expect(engine.search({ ...anything, offset: 10_000 })).rejects.toMatchObject({ code: "DEEP_PAGING" });
  await expect(engine.search({ ...anything, filter: { colour: { in: ["red"] } } as never })).rejects.toMatchObject({
    code: "INVALID_QUERY",
  });
  expect(double.seen.some(({ path }) => path.includes("_search"))).toBe(false);
  await engine.close();
  await double.close();
});
