import type { ServiceSchema } from "moleculer";
import { sqliteStore } from "../../../mixins/collection/sqlite-store.ts";
import { leaseCollection } from "../../../mixins/lease.ts";
import { Listings } from "../../../services/listings/listings.contract.ts";
import { openSqliteEngine } from "../../../services/search/adapters/sqlite-engine.ts";
import { carDocument, UNRATED, type ShownCar } from "../../../services/search/domain/car-document.ts";
import { SearchError, type Operation, type SearchEngine } from "../../../services/search/search-engine.ts";
import { Search } from "../../../services/search/search.contract.ts";
import { searchService, type SearchPorts } from "../../../services/search/search.service.ts";
import { eventually } from "../../eventually.ts";
import { openWorld, type World } from "../../world.ts";
import { offer, sell } from "./market.ts";

const seller = { meta: { accountId: "0193b5a0-7d3c-7c3e-9f5e-0d8f4d1c2b3a", roles: ["member"] } };
const nobodys = "0193b5a0-7d3c-7c3e-9f5e-000000000000";
let world: World;
let leases: ReturnType<typeof sqliteStore>;
/** The index behind the service's back, as another node has it. */
let index: SearchEngine;

beforeEach(async () => {
  world = await openWorld({ roles: ["listings"] });
  leases = sqliteStore({ directory: world.dataDir });
  index = await openSqliteEngine({ directory: world.dataDir });
});
afterEach(async () => {
  await index.close();
  await world.close();
  await leases.close();
});

/** A search node that sweeps more often than the product does. */
const node = (
  name: string,
  differing: (engine: SearchEngine) => Partial<SearchEngine> = () => ({}),
  openLeases: SearchPorts["openLeases"] = () => leases.open(leaseCollection("search-upkeep")),
): ServiceSchema => ({
  ...searchService({
    openEngine: async () => {
      const engine = await openSqliteEngine({ directory: world.dataDir });
      return { ...engine, ...differing(engine) };
    },
    openLeases,
    marketCurrency: () => "KRW",
    sweepEveryMs: 100,
  }),
  name,
});
async function start(service: ServiceSchema) {
  world.broker.createService(service);
  await world.broker.waitForServices(String(service.name));
}
const prices = async () => (await Search.filterCars(world.broker, { size: 100 })).items.map(({ price }) => price);
const ids = async () => (await Search.filterCars(world.broker, { size: 100 })).items.map(({ id }) => id);
/** A car as the index might hold it, though the owner knows nothing of it. */
async function strange(id: string, rev: number, price: number): Promise<Operation> {
  const [hit] = (await index.search({ filter: {}, sort: [], limit: 1 })).hits;
  const { car } = hit!.shown as ShownCar;
  return { type: "upsert", id, rev, document: carDocument({ ...car, id, price }, UNRATED) };
}

describe("an audit", () => {
  beforeEach(async () => {
    await start(node("search"));
    await sell(
      world.broker,
      [1000, 2000, 3000, 4000].map((price) => offer({ price })),
    );
  });

  test("of a sound index finds nothing and changes nothing", async () => {
    const nothing = { missing: [], stale: [], surplus: [], found: { missing: 0, stale: 0, surplus: 0 }, repaired: 0 };
    const sound = { owner: 4, index: 4, sampled: 4, complete: false, ...nothing };
    expect(await Search.audit(world.broker, {})).toEqual(sound);
    expect(await Search.audit(world.broker, { repair: true })).toEqual(sound);
  });

  test("finds by samples what is missing, stale or too much, though the counts agree, and repairs it", async () => {
    const [missing, stale] = await ids();
    await index.bulk([{ type: "delete", id: missing!, rev: 2 }, await strange(nobodys, 2, 7)]);
    await Listings.editCar(world.broker, { id: stale!, price: 2500 }, { meta: { ...seller.meta, roles: ["admin"] } });
    await eventually(async () => expect(await prices()).toContain(2500));
    const [old] = await index.versions({ ids: [stale!] });
    expect(old!.rev).toBe(4);
    const told = { missing: [missing], surplus: [nobodys], stale: [] };
    expect(await Search.audit(world.broker, {})).toMatchObject({ owner: 4, index: 4, ...told, repaired: 0 });
    expect(await Search.audit(world.broker, { repair: true })).toMatchObject({ ...told, repaired: 2 });
    expect(await prices()).toEqual([1000, 2500, 3000, 4000]);
    expect(await Search.audit(world.broker, {})).toMatchObject({ found: { missing: 0, stale: 0, surplus: 0 } });
  });

  test("compares every car when the counts differ and it may repair", async () => {
    const all = await ids();
    await index.bulk(all.slice(1).map((id) => ({ type: "delete", id, rev: 2 })));
    const told = await Search.audit(world.broker, { sample: 1, repair: true });
    expect(told).toMatchObject({ owner: 4, index: 1, complete: true, found: { missing: 3 }, repaired: 3 });
    expect(await ids()).toEqual(all);
  });
});

describe("a new index", () => {
  const finished = () =>
    eventually(async () => {
      const told = await Search.reindexStatus(world.broker, {});
      expect(told.state).toBe("done");
      return told;
    });

  test("is filled from the owner when asked for, tells how far it is, and heals what an audit cannot", async () => {
    await start(node("search"));
    expect(await Search.reindexStatus(world.broker, {})).toEqual({ state: "idle", read: 0, written: 0 });
    await sell(
      world.broker,
      [1000, 2000].map((price) => offer({ price })),
    );
    await index.bulk([await strange(nobodys, 2, 7)]);
    const first = (await ids()).at(1);
    await index.bulk([await strange(first!, 99, 9)]);
    const drift = { stale: [first], surplus: [nobodys], repaired: 1 };
    expect(await Search.audit(world.broker, { repair: true })).toMatchObject(drift);
    expect(await Search.reindex(world.broker, {})).toMatchObject({ state: "running", total: 2 });
    expect(await finished()).toMatchObject({ read: 2, written: 2, total: 2, finishedAt: expect.any(String) });
    expect(await prices()).toEqual([1000, 2000]);
    expect(await Search.audit(world.broker, {})).toMatchObject({ found: { missing: 0, stale: 0, surplus: 0 } });
    await Listings.publishCar(world.broker, offer({ price: 3000 }), seller);
    expect(await prices()).toEqual([1000, 2000, 3000]);
  });

  test("goes on after the node that filled it died, while the former one answers and takes what is new", async () => {
    let stuck = true;
    const slow = (engine: SearchEngine): Partial<SearchEngine> => ({
      draft: async () => {
        const draft = await engine.draft();
        const bulk = async () => Promise.reject(new SearchError("UNAVAILABLE", "The power is gone"));
        return draft && stuck ? { ...draft, bulk } : draft;
      },
    });
    await start(node("search", slow));
    await sell(
      world.broker,
      [1000, 2000].map((price) => offer({ price })),
    );
    await Search.reindex(world.broker, {});
    await eventually(async () =>
      expect(await Search.reindexStatus(world.broker, {})).toMatchObject({
        state: "running",
        error: "SearchError: The power is gone",
      }),
    );
    expect((await Search.reindex(world.broker, {})).state).toBe("running");
    await Listings.publishCar(world.broker, offer({ price: 3000 }), seller);
    expect(await prices()).toEqual([1000, 2000, 3000]);
    await world.takeAway("search");
    stuck = false;
    await start(node("search"));
    const { error, written } = await finished();
    expect([error, written]).toEqual([undefined, 3]);
    expect(await prices()).toEqual([1000, 2000, 3000]);
  });
});

test("a node stops at once while the store of the leases has never answered", async () => {
  let asked = false;
  const openLeases = () => ((asked = true), new Promise<never>(() => undefined));
  await start(node("search", undefined, openLeases));
  await eventually(() => expect(asked).toBe(true));
  await world.takeAway("search");
  expect(world.broker.getLocalService("search")).toBeUndefined();
});

test("of two nodes one keeps house, the other takes over when it leaves, and both know when the view is level", async () => {
  const sweeps: string[] = [];
  const watched = (name: string) =>
    node(name, (engine) => ({ keepNote: (text, instead) => (sweeps.push(name), engine.keepNote(text, instead)) }));
  await start(watched("search"));
  await sell(world.broker, [offer({ price: 1000 })]);
  const health = async (name: string) => world.broker.call(`${name}.health`, {});
  await eventually(async () => expect(await health("search")).toMatchObject({ cars: 1, catchingUp: false }));
  await start(watched("stand-by"));
  await eventually(async () => expect(await health("stand-by")).toMatchObject({ cars: 1, catchingUp: false }));
  await Listings.importCars(world.broker, { importId: "more", demo: false, cars: [offer({ price: 2000 })] });
  await eventually(async () => expect(await health("stand-by")).toMatchObject({ cars: 2 }));
  expect(new Set(sweeps)).toEqual(new Set(["search"]));
  await world.takeAway("search");
  await Listings.importCars(world.broker, { importId: "most", demo: false, cars: [offer({ price: 3000 })] });
  await eventually(async () => expect(await health("stand-by")).toMatchObject({ cars: 3 }));
  await eventually(() => expect(sweeps.at(-1)).toBe("stand-by"));
});
