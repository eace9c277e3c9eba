import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { openSqliteEngine } from "../../services/search/adapters/sqlite-engine.ts";
import type { EngineQuery, SearchEngine } from "../../services/search/search-engine.ts";
import { promises } from "./search.suite.ts";

type Wrong = (right: SearchEngine) => Partial<SearchEngine>;

/** A real engine with one fault; each must break a promise of the suite. */
const faults: [title: string, wrong: Wrong, broken: RegExp][] = [
  ["leaves ties as they come", (right) => ({ search: async (query) => shuffledTies(right, query) }), /ties end in id/],
  [
    "ignores a filter",
    (right) => ({ search: ({ filter: { fuelType: _, ...filter }, ...query }) => right.search({ ...query, filter }) }),
    /naive oracle/,
  ],
  [
    "accepts an older version",
    (right) => ({ bulk: (all) => right.bulk(all.map((one) => ({ ...one, rev: 1_000 + (clock += 1) }))) }),
    /older version is stale/,
  ],
  [
    "counts facets under their own condition",
    (right) => ({ search: (query) => conjunctive(right, query) }),
    /each facet/,
  ],
  [
    "forgets a removal",
    (right) => ({ bulk: async (all) => ({ ...(await right.bulk(all.filter(({ type }) => type !== "delete"))) }) }),
    /removed car is gone/,
  ],
  [
    "starts the next page at the last hit",
    (right) => ({
      search: async ({ after, ...query }) =>
        right.search({ ...query, ...(after && { after: [...after.slice(0, -1), ""] }) }),
    }),
    /walk by position/,
  ],
];
let clock = 0;

async function shuffledTies(right: SearchEngine, query: EngineQuery) {
  const page = await right.search(query);
  const hits = page.hits.toSorted((one, other) => {
    const [a, b] = [Number(one.position[0]), Number(other.position[0])];
    return query.sort.length === 0 ? 0 : (a - b) * (query.sort[0]!.descending ? -1 : 1) || (one.id < other.id ? 1 : -1);
  });
  return { ...page, hits };
}

async function conjunctive(right: SearchEngine, query: EngineQuery) {
  const page = await right.search(query);
  const facets = Object.entries(page.facets).map(([field, values]) => {
    const condition = query.filter[field as "brand"];
    const chosen = condition && "in" in condition ? values.filter(({ value }) => condition.in.includes(value)) : values;
    return [field, chosen];
  });
  return { ...page, facets: Object.fromEntries(facets) as typeof page.facets };
}

test.each(faults)("an engine that %s is caught", async (_, wrong, broken) => {
  const promise = promises.find(({ title }) => broken.test(title))!;
  const directory = await mkdtemp(path.join(tmpdir(), "search-"));
  const right = await openSqliteEngine({ directory });
  await expect(promise.holds({ ...right, ...wrong(right) })).rejects.toThrow();
  await right.close();
  await rm(directory, { recursive: true });
});
