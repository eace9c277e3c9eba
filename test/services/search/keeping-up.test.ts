import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { ServiceSchema } from "moleculer";
import { leaseCollection } from "../../../mixins/lease.ts";
import { config } from "../../../moleculer.config.ts";
import { Listings } from "../../../services/listings/listings.contract.ts";
import { openSqliteEngine } from "../../../services/search/adapters/sqlite-engine.ts";
import { SearchError, type SearchEngine } from "../../../services/search/search-engine.ts";
import { Search } from "../../../services/search/search.contract.ts";
import { searchService } from "../../../services/search/search.service.ts";
import { eventually } from "../../eventually.ts";
import { openWorld, type World } from "../../world.ts";
import { offer, sell, thousandsModel } from "./market.ts";

const seller = { meta: { accountId: "0193b5a0-7d3c-7c3e-9f5e-0d8f4d1c2b3a", roles: ["member"] } };
let world: World;
beforeEach(async () => {
  world = await openWorld({ roles: ["listings"] });
});
afterEach(() => world.close());

const openLeases = () => config().store.open(leaseCollection("search-upkeep"));
const open = () => openSqliteEngine({ directory: world.dataDir });
/** Search that sweeps more often than the product does. */
const search = (openEngine: () => Promise<SearchEngine> = open): ServiceSchema =>
  searchService({ openEngine, openLeases, marketCurrency: () => "KRW", sweepEveryMs: 200 });
async function start(service: ServiceSchema) {
  world.broker.createService(service);
  await world.broker.waitForServices(String(service.name));
}
const filter = (params: Parameters<typeof Search.filterCars>[1] = {}) => Search.filterCars(world.broker, params);

test("a published car is found when its answer leaves, an edit too, and a removed one no more", async () => {
  await start(search());
  const car = await Listings.publishCar(world.broker, offer({ price: 14_000 }), seller);
  expect((await filter()).items).toMatchObject([{ id: car.id, price: 14_000 }]);
  await Listings.editCar(world.broker, { id: car.id, price: 13_000 }, seller);
  expect((await filter({ maxPrice: 13_000 })).items).toMatchObject([{ id: car.id, version: 2 }]);
  await Listings.removeCar(world.broker, { id: car.id }, seller);
  expect((await filter()).total).toBe(0);
});

test("many cars published at once are all found", async () => {
  await start(search());
  const prices = Array.from({ length: 50 }, (_, at) => 1000 + at);
  await Promise.all(prices.map((price) => Listings.publishCar(world.broker, offer({ price }), seller)));
  const { items } = await filter({ size: 100 });
  expect(items.map(({ price }) => price)).toEqual(prices);
});

test("what happened while search was away is caught up when it returns", async () => {
  await start(search());
  await sell(world.broker, [offer({ price: 1000 }), offer({ price: 2000 })]);
  const { items } = await filter();
  await world.takeAway("search");
  await Listings.removeCar(world.broker, { id: items[0]!.id }, { meta: { ...seller.meta, roles: ["moderator"] } });
  await Listings.publishCar(world.broker, offer({ price: 3000 }), seller);
  await start(search());
  await eventually(async () => expect((await filter()).items.map(({ price }) => price)).toEqual([2000, 3000]));
});

test.each<[string, (file: string) => void]>([
  ["was lost", (file) => rmSync(file)],
  ["cannot be read", (file) => writeFileSync(file, "no database at all ".repeat(1000))],
])("an index that %s is filled anew from the owner", async (_, spoil) => {
  await start(search());
  await sell(world.broker, [offer({ price: 1000 }), offer({ price: 2000 })]);
  await world.takeAway("search");
  const file = path.join(world.dataDir, "search-index-v3.sqlite");
  for (const suffix of ["-wal", "-shm"]) rmSync(file + suffix, { force: true });
  spoil(file);
  await start(search());
  await eventually(async () => expect((await filter()).total).toBe(2));
});

test("search starts without the owner and fills up when the owner comes", async () => {
  await Listings.publishCar(world.broker, offer(), seller);
  const listings = world.broker.getLocalService("listings")!.originalSchema as ServiceSchema;
  await world.takeAway("listings");
  await start(search());
  expect((await filter()).total).toBe(0);
  expect(await Search.health(world.broker, {})).toMatchObject({ catchingUp: true });
  await start(listings);
  await eventually(async () => expect((await filter()).total).toBe(1));
  await eventually(async () => expect(await Search.health(world.broker, {})).toMatchObject({ catchingUp: false }));
});

test("cars are indexed unrated while no model answers, rated when it comes, and again by the next version", async () => {
  const model = { version: "0", running: false };
  await start(thousandsModel(model));
  await start(search());
  await sell(world.broker, [offer({ price: 1000 }), offer({ price: 2000 }), offer({ price: 5000, currency: "KRW" })]);
  const ratings = async (currency?: string) =>
    (await filter({ ...(currency && { currency }) })).items.map(({ dealRating }) => dealRating);
  expect(await ratings()).toEqual([null, null]);
  model.running = true;
  await eventually(async () => expect(await ratings()).toEqual(["good", "fair"]));
  model.version = "1";
  await eventually(async () => expect(await ratings()).toEqual(["fair", "high"]));
  expect(await ratings("KRW")).toEqual([null]);
});

test("while the engine is down a plain list answers from the owner, anything more is 503 SEARCH_UNAVAILABLE", async () => {
  const down = () => Promise.reject(new SearchError("UNAVAILABLE", "down"));
  const methods = ["bulk", "refresh", "search", "statistics", "nearest", "versions", "note", "keepNote"] as const;
  const others = ["health", "isOwn", "draft", "beginDraft", "tidy"] as const;
  const engine = Object.fromEntries([...methods, ...others].map((method) => [method, down])) as unknown as SearchEngine;
  const told = { kind: "down", place: "an engine", version: 1, close: async () => undefined };
  await start(search(async () => ({ ...engine, ...told })));
  await Listings.publishCar(world.broker, offer({ price: 1000 }), seller);
  await Listings.publishCar(world.broker, offer({ price: 9000 }), seller);
  expect(await filter({ maxPrice: 5000 })).toMatchObject({
    degraded: true,
    currency: "GBP",
    total: 1,
    items: [{ price: 1000 }],
  });
  const unavailable = { type: "SEARCH_UNAVAILABLE", code: 503 };
  await expect(filter({ q: "tucson" })).rejects.toMatchObject(unavailable);
  await expect(filter({ page: 2 })).rejects.toMatchObject(unavailable);
  await expect(Search.topBrands(world.broker, {})).rejects.toMatchObject(unavailable);
  await expect(Search.health(world.broker, {})).rejects.toMatchObject(unavailable);
});
