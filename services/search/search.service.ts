import type { Service, ServiceSchema } from "moleculer";
import { answers } from "../../mixins/answer.ts";
import { on } from "../../mixins/bus/bus.ts";
import { facts } from "../../mixins/facts.ts";
import { neighboursStarted } from "../../mixins/neighbours.ts";
import { config } from "../../moleculer.config.ts";
import { ListingChanged, ListingsImported } from "../listings/listings.contract.ts";
import { openElasticsearchEngine } from "./adapters/elasticsearch-engine.ts";
import { openSqliteEngine } from "./adapters/sqlite-engine.ts";
import { carMarket, suggestions, type CarMarket } from "./car-market.ts";
import { carSearch } from "./car-search.ts";
import { carStatistics } from "./car-statistics.ts";
import { CatchUp } from "./catch-up.ts";
import { plainList } from "./plain-list.ts";
import type { SearchEngine } from "./search-engine.ts";
import { refusing } from "./search-failures.ts";
import { Search, SearchUnavailable } from "./search.contract.ts";

export interface SearchPorts {
  openEngine: () => Promise<SearchEngine>;
  /** In which words are looked for when the serving model's currency has nothing. */
  marketCurrency: () => string;
  /** Pause between two sweeps. Default 5 s. */
  sweepEveryMs?: number;
}

/** Finds cars by words, conditions and nearness: a view of the listings that can be rebuilt at any time. */
export function searchService({ openEngine, marketCurrency, sweepEveryMs = 5000 }: SearchPorts): ServiceSchema {
  let engine: SearchEngine;
  let market: CarMarket;
  let search: ReturnType<typeof carSearch>;
  let statistics: ReturnType<typeof carStatistics>;
  let catchUp: CatchUp;

  return {
    name: Search.$name,
    mixins: [
      facts({
        subscriptions: [
          on(ListingChanged, ({ listingId, version }) => catchUp.index(listingId, version)),
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
      reindex: () => Promise.reject(SearchUnavailable()),
      reindexStatus: () => Promise.reject(SearchUnavailable()),
      audit: () => Promise.reject(SearchUnavailable()),
      health: async () => ({ engine: engine.kind, ...(await engine.health()), catchingUp: catchUp.catchingUp }),
    }),
    async started(this: Service) {
      engine = refusing(await openEngine());
      market = carMarket(engine, this.broker, marketCurrency);
      search = carSearch(engine, market);
      statistics = carStatistics(engine, market);
      const { broker: via, logger } = this;
      catchUp = new CatchUp({ engine, via, logger, everyMs: sweepEveryMs, onIndexed: () => market.changed() });
      void neighboursStarted(this).then(() => catchUp.start());
    },
    async stopped() {
      await catchUp?.stop();
      await engine?.close();
    },
  };
}

/** The server when its URL is given, else the embedded engine. */
async function openConfiguredEngine(): Promise<SearchEngine> {
  const { elasticsearchUrl: url, cluster, dataDir } = config();
  if (url) return openElasticsearchEngine({ url, alias: `${cluster.toLowerCase()}-cars` });
  return openSqliteEngine({ directory: dataDir });
}

export default searchService({ openEngine: openConfiguredEngine, marketCurrency: () => config().marketCurrency });
