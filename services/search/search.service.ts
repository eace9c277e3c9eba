import type { Service, ServiceSchema } from "moleculer";
import { answers } from "../../mixins/answer.ts";
import { on } from "../../mixins/bus/bus.ts";
import { dropResults } from "../../mixins/cache/cache-middleware.ts";
import type { Collection } from "../../mixins/collection/collection.ts";
import { facts } from "../../mixins/facts.ts";
import { leaseCollection, type LeaseRow } from "../../mixins/lease.ts";
import { neighboursStarted } from "../../mixins/neighbours.ts";
import { config } from "../../moleculer.config.ts";
import { ListingChanged, ListingsImported } from "../listings/listings.contract.ts";
import { Arrivals } from "./arrivals.ts";
import { audit } from "./audit.ts";
import { openElasticsearchEngine } from "./adapters/elasticsearch-engine.ts";
import { openSqliteEngine } from "./adapters/sqlite-engine.ts";
import { carMarket, suggestions, type CarMarket } from "./car-market.ts";
import { carSearch } from "./car-search.ts";
import { carStatistics } from "./car-statistics.ts";
import { CatchUp } from "./catch-up.ts";
import { Duty } from "./duty.ts";
import { plainList } from "./plain-list.ts";
import { beginReindexing, reindexing } from "./reindexing.ts";
import type { SearchEngine } from "./search-engine.ts";
import { orRefused, refusing } from "./search-failures.ts";
import { catchingUp, timed } from "./search.metrics.ts";
import { CarsIndexed, Search } from "./search.contract.ts";

export interface SearchPorts {
  openEngine: () => Promise<SearchEngine>;
  /** Where the nodes that share an index agree on who keeps house for it. */
  openLeases: () => Promise<Collection<LeaseRow>>;
  /** In which words are looked for when the serving model's currency has nothing. */
  marketCurrency: () => string;
  /** Pause between two sweeps. Default 5 s. */
  sweepEveryMs?: number;
}

/** Finds cars by words, conditions and nearness: a view of the listings that can be rebuilt at any time. */
export function searchService({
  openEngine,
  openLeases,
  marketCurrency,
  sweepEveryMs = 5000,
}: SearchPorts): ServiceSchema {
  let engine: SearchEngine;
  let market: CarMarket;
  let search: ReturnType<typeof carSearch>;
  let statistics: ReturnType<typeof carStatistics>;
  let arrivals: Arrivals;
  let catchUp: CatchUp;
  let stopReading = () => {};

  return {
    name: Search.$name,
    mixins: [
      facts({
        subscriptions: [
          on(ListingChanged, ({ listingId, version }) => arrivals.take(listingId, version)),
          on(ListingsImported, async () => void catchUp.sweep()),
        ],
      }),
    ],
    actions: answers(Search, {
      filterCars: (params, ctx) => plainList(() => search(params), params, ctx, market),
      searchCars: (params) => search(params),
      suggest: async ({ q, currency, limit }) => ({ suggestions: await suggestions(market, q, currency, limit) }),
      topBrands: async ({ currency, limit }) => {
        const brands = await statistics.count({ currency }, "brand", limit);
        return { brands: brands.map(({ name, count }) => ({ brand: name, count })) };
      },
      brandModels: async ({ currency, brand, limit }) => {
        const models = await statistics.count({ currency, brand }, "model", limit);
        return { models: models.map(({ name, count }) => ({ model: name, count })) };
      },
      engineSizes: async (params) => ({ engineSizes: await statistics.engineSizesLitres(params) }),
      priceDistribution: ({ bucket, ...kind }) => statistics.priceDistribution(kind, bucket),
      depreciation: (params) => statistics.averagePriceByYear(params),
      brandAveragePrices: ({ currency, limit }) => statistics.dearestBrands({ currency }, limit),
      similarCars: async (params, ctx) => ({ items: await statistics.similar(ctx, params) }),
      comparables: async ({ car, currency, limit }) => ({
        comparables: await statistics.comparables(car, currency, limit),
      }),
      reindex: async (_params, ctx) => {
        await orRefused(beginReindexing(engine, ctx));
        void catchUp.sweep();
        return orRefused(reindexing(engine));
      },
      reindexStatus: () => orRefused(reindexing(engine)),
      audit: (asked, ctx) => orRefused(audit({ engine, via: ctx, logger: ctx.broker.getLogger("search") }, asked)),
      health: async () => {
        const health = await orRefused(engine.health());
        return { engine: engine.kind, ...health, catchingUp: catchUp.catchingUp };
      },
    }),
    async started(this: Service) {
      const { broker: via, logger } = this;
      engine = await openEngine();
      const answering = refusing(timed(engine));
      market = carMarket(answering, via, marketCurrency);
      search = carSearch(answering, market);
      statistics = carStatistics(answering, market);
      const onIndexed = async () => {
        market.changed();
        await dropResults(via, CarsIndexed);
      };
      arrivals = new Arrivals({ index: engine, via, logger, onIndexed });
      const duty = new Duty({ openLeases, kind: engine.kind, version: engine.version, holder: via.nodeID });
      catchUp = new CatchUp({ engine, duty, via, logger, everyMs: sweepEveryMs, onIndexed });
      stopReading = catchingUp.read(() => Number(catchUp.catchingUp));
      void neighboursStarted(this).then(() => catchUp.start());
    },
    async stopped() {
      stopReading();
      await Promise.all([catchUp?.stop(), arrivals?.idle()]);
      await engine?.close();
    },
  };
}

/** The server when its URL is given, else the embedded engine. */
async function openConfiguredEngine(): Promise<SearchEngine> {
  const { elasticsearchUrl: url, cluster, dataDir } = config();
  if (url) return openElasticsearchEngine({ url, name: `${cluster.toLowerCase()}-cars` });
  return openSqliteEngine({ directory: dataDir });
}

export default searchService({
  openEngine: openConfiguredEngine,
  openLeases: () => config().store.open(leaseCollection("search-upkeep")),
  marketCurrency: () => config().marketCurrency,
});
