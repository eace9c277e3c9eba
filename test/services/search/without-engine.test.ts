import type { ServiceSchema } from "moleculer";
import { createServer } from "node:net";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { isPublished } from "../../../mixins/contract.ts";
import { leaseCollection } from "../../../mixins/lease.ts";
import { config } from "../../../moleculer.config.ts";
import { Listings } from "../../../services/listings/listings.contract.ts";
import { openElasticsearchEngine } from "../../../services/search/adapters/elasticsearch-engine.ts";
import { Search } from "../../../services/search/search.contract.ts";
import { searchService } from "../../../services/search/search.service.ts";
import { openElasticsearchDouble } from "../../doubles/elasticsearch.ts";
import { eventually } from "../../eventually.ts";
import { openWorld, type World } from "../../world.ts";
import { offer } from "./market.ts";

const seller = { meta: { accountId: "0193b5a0-7d3c-7c3e-9f5e-0d8f4d1c2b3a", roles: ["member"] } };
let world: World;
let carId: string;
let warnings: string[];

beforeEach(async () => {
  warnings = [];
  world = await openWorld({ roles: ["listings"] });
  carId = (await Listings.publishCar(world.broker, offer({ price: 1000 }), seller)).id;
  await Listings.publishCar(world.broker, offer({ price: 9000 }), seller);
});
afterEach(() => world.close());

async function startSearch(port: number) {
  const service: ServiceSchema = {
    ...searchService({
      openEngine: async () =>
        openElasticsearchEngine({ url: `http://elastic:secret@127.0.0.1:${port}`, name: "test-cars" }),
      openLeases: () => config().store.open(leaseCollection("search-upkeep")),
      marketCurrency: () => "KRW",
      sweepEveryMs: 100,
    }),
    created() {
      this.logger.warn = (...parts: unknown[]) => void warnings.push(parts.join(" "));
    },
  };
  world.broker.createService(service);
  await world.broker.waitForServices("search");
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** What each route answers: `degraded`, the status of its refusal, or `fine`. */
async function answers(): Promise<Record<string, string | number>> {
  const asked = Object.entries(Search.$actions).map(async ([name, action]) => {
    const params = name === "similarCars" ? { id: carId } : isPublished(action) ? (action.example ?? {}) : {};
    // The example of the filter asks for facets, which no plain list has.
    const plain = name === "filterCars" ? { maxPrice: 5000 } : params;
    if (name === "comparables") return [];
    const answer = await world.broker.call(`search.${name}`, plain).then(
      (result) => ((result as { degraded?: boolean }).degraded ? "degraded" : "fine"),
      (error: { code: number }) => error.code,
    );
    return [[name, answer] as const];
  });
  return Object.fromEntries((await Promise.all(asked)).flat());
}
const REFUSED = Object.fromEntries(Object.keys(Search.$actions).map((name) => [name, 503]));
delete REFUSED.comparables;

test("while the server is away plain lists answer, all else is 503, and a warning says for whom search waits", async () => {
  const port = await freePort();
  await startSearch(port);
  expect(await answers()).toEqual({ ...REFUSED, filterCars: "degraded" });
  await eventually(() => expect(warnings).toHaveLength(1));
  expect(warnings[0]).toContain(`Search waits for Elasticsearch at 127.0.0.1:${port}`);
  expect(warnings[0]).not.toContain("secret");
  const mappings = { "test-cars-v3-000001": { mappings: {} } };
  const double = await openElasticsearchDouble(
    ({ method, path }) => (method === "GET" && path.endsWith("/_mapping") ? { body: mappings } : undefined),
    port,
  );
  await eventually(() => expect(warnings.at(-1)).toBe(`Search has Elasticsearch at 127.0.0.1:${port} again`));
  expect(await Search.filterCars(world.broker, {})).not.toHaveProperty("degraded");
  expect(double.seen.some(({ path }) => path.includes("_bulk"))).toBe(true);
  await double.close();
});

test("while the server is silent every route still answers within its own deadline", async () => {
  const double = await openElasticsearchDouble(() => ({ silent: true }));
  await startSearch(Number(new URL(double.url).port));
  expect(await answers()).toEqual({ ...REFUSED, filterCars: "degraded" });
  await double.close();
});
