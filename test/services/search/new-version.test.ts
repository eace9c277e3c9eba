import { randomUUID } from "node:crypto";
import { leaseCollection } from "../../../mixins/lease.ts";
import { config } from "../../../moleculer.config.ts";
import { Listings } from "../../../services/listings/listings.contract.ts";
import { openElasticsearchEngine } from "../../../services/search/adapters/elasticsearch-engine.ts";
import { indexDefinition } from "../../../services/search/adapters/elasticsearch-index.ts";
import { carDocument, UNRATED } from "../../../services/search/domain/car-document.ts";
import { SearchError, type SearchEngine } from "../../../services/search/search-engine.ts";
import { Search } from "../../../services/search/search.contract.ts";
import { searchService } from "../../../services/search/search.service.ts";
import { discardMarket } from "../../doubles/elasticsearch.ts";
import { eventually } from "../../eventually.ts";
import { openWorld, type World } from "../../world.ts";
import { offer } from "./market.ts";

const url = process.env.ELASTICSEARCH_URL;
const seller = { meta: { accountId: "0193b5a0-7d3c-7c3e-9f5e-0d8f4d1c2b3a", roles: ["member"] } };

(url ? describe : describe.skip)(`search on Elasticsearch${url ? "" : ": skipped: no ELASTICSEARCH_URL"}`, () => {
  let world: World;
  let name: string;
  beforeEach(async () => {
    name = `test-${randomUUID()}`;
    world = await openWorld({ roles: ["listings"] });
  });
  afterEach(async () => {
    await world.close();
    await discardMarket(url!, name);
  });

  async function start(differing: (engine: SearchEngine) => Partial<SearchEngine> = () => ({})) {
    const openEngine = async () => {
      const engine = openElasticsearchEngine({ url: url!, name, requestTimeoutMs: 10_000 });
      return { ...engine, ...differing(engine) };
    };
    const openLeases = () => config().store.open(leaseCollection("search-upkeep"));
    const service = searchService({ openEngine, openLeases, marketCurrency: () => "KRW", sweepEveryMs: 200 });
    world.broker.createService(service);
    await world.broker.waitForServices("search");
  }
  const publish = (price: number) => Listings.publishCar(world.broker, offer({ price }), seller);
  const prices = async () => {
    const page = await Search.filterCars(world.broker, {});
    expect(page).not.toHaveProperty("degraded");
    return page.items.map(({ price }) => price);
  };
  const send = async (method: string, path: string, body: object) => {
    const options = { method, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
    const answer = await fetch(`${url}/${path}`, options);
    expect([path, answer.ok]).toEqual([path, true]);
  };
  const indices = async () => Object.keys((await (await fetch(`${url}/${name}-v*/_alias`)).json()) as object);

  test("the index of the version before answers until the new one is full, through deaths of who fills it", async () => {
    const car = await publish(1000);
    await publish(2000);
    await send("PUT", `${name}-v2`, { ...indexDefinition, aliases: { [name]: {} } });
    const { prediction: _, dealRating: __, warnings: ___, ...told } = car;
    await send("PUT", `${name}-v2/_doc/${car.id}?refresh=true`, carDocument(told, UNRATED));
    let isStuck = true;
    await start((engine) => ({
      draft: async () => {
        const draft = await engine.draft();
        const promote = async () => Promise.reject(new SearchError("UNAVAILABLE", "The power is gone"));
        return draft && isStuck ? { ...draft, promote } : draft;
      },
    }));
    await eventually(async () => expect(await indices()).toContain(`${name}-v3-000001`));
    expect(await prices()).toEqual([1000]);
    expect(await Search.health(world.broker, {})).toMatchObject({ catchingUp: true });
    expect(await Search.reindexStatus(world.broker, {})).toMatchObject({ state: "running" });
    await world.takeAway("search");
    isStuck = false;
    await start();
    await eventually(async () => expect(await prices()).toEqual([1000, 2000]));
    await eventually(async () => expect(await Search.health(world.broker, {})).toMatchObject({ catchingUp: false }));
    expect(await indices()).toContain(`${name}-v2`);
  });

  test("a new index is filled while the former one answers, no car is missed meanwhile, and then it goes", async () => {
    await start();
    await publish(1000);
    await eventually(async () => expect(await prices()).toEqual([1000]));
    await Search.reindex(world.broker, {});
    const published = [1000];
    for (let price = 1001; (await Search.reindexStatus(world.broker, {})).state === "running"; price++) {
      published.push(price);
      await publish(price);
      expect(await prices()).toContain(1000);
    }
    await eventually(async () => expect(await prices()).toEqual(published.slice(0, 20)));
    expect(await Search.audit(world.broker, {})).toMatchObject({ found: { missing: 0, stale: 0, surplus: 0 } });
    await eventually(async () => expect(await indices()).toEqual([`${name}-v3-000002`]));
  });
});
