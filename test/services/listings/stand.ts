import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ServiceBroker, type ServiceSchema } from "moleculer";
import { uuidv7 } from "uuidv7";
import type { CallerMeta } from "../../../mixins/answer.ts";
import { sqliteStore } from "../../../mixins/collection/sqlite-store.ts";
import type { Contract } from "../../../mixins/contract.ts";
import { listingsService } from "../../../services/listings/listings.service.ts";
import { openListingsStore, type ListingsStore } from "../../../services/listings/listings.store.ts";
import type { CarOffer } from "../../../services/listings/listings.contract.ts";
import { Prediction, type Valuation } from "../../../services/prediction/prediction.contract.ts";

export const tucson: CarOffer = {
  ...{ brand: "Hyundai", model: "Tucson", year: 2018, mileage: 32_000, fuelType: "Petrol", transmission: "Manual" },
  ...{ engineSize: 1.6, price: 14_500 },
};

/** Somebody as the edges describe them to services. */
export const member = (roles = ["member"]): { meta: CallerMeta & { accountId: string } } => ({
  meta: { accountId: uuidv7(), roles },
});
export const again = (caller: { meta: CallerMeta }, onceKey: string) => ({ meta: { ...caller.meta, onceKey } });

export interface Stand {
  broker: ServiceBroker;
  store: ListingsStore;
  /** A second broker with the same service on the same files, as another process would be. */
  twin(demo?: boolean): Promise<Stand>;
  close(): Promise<void>;
}

interface Options {
  directory?: string;
  demo?: boolean;
  now?: () => number;
  services?: ServiceSchema[];
}

/** Listings on a real broker over SQLite in a directory of its own. */
export async function openStand(options: Options = {}): Promise<Stand> {
  const directory = options.directory ?? mkdtempSync(path.join(tmpdir(), "listings-"));
  const files = sqliteStore({ directory });
  const store = await openListingsStore(files.open);
  const broker = new ServiceBroker({ logger: false, strictResults: true, skipProcessEventRegistration: true });
  const { demo = false, now = Date.now, services = [] } = options;
  broker.createService(listingsService({ openStore: async () => store, demo: () => demo, now }));
  for (const service of services) broker.createService(service);
  await broker.start();
  return {
    broker,
    store,
    twin: (twinDemo = false) => openStand({ directory, demo: twinDemo }),
    async close() {
      await broker.stop();
      await files.close();
      if (!options.directory) rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** A price model that finds every car worth 15,000 of its currency; rates prices in that currency only. */
export function priceModel({ currency = "GBP" } = {}): ServiceSchema {
  const value = ({ params }: { params: { currency?: string } }): Valuation => {
    const rated = params.currency === currency;
    return {
      ...{ model: { name: "car-price", version: "1" }, currency, asOf: "2020-07", price: 15_000, low: 13_000 },
      ...{ high: 17_000, coverage: 0.8, outOfDistribution: false, reasons: [], contributions: [] },
      ...(rated ? { dealRating: "fair" as const } : {}),
      warnings: rated ? [] : [{ code: "OTHER_CURRENCY", message: "Not rated: the price is in another currency" }],
    };
  };
  const model = () => ({ name: "car-price", version: "1", currency, asOf: "2020-07" });
  return { name: Prediction.$name, actions: { value, model } as NonNullable<ServiceSchema["actions"]> };
}

/** A service that hears everything and never answers. */
export const silent = (contract: Contract): ServiceSchema => ({
  name: contract.$name,
  actions: Object.fromEntries(
    Object.keys(contract.$actions).map((action) => [action, () => new Promise(() => undefined)]),
  ),
});

/** What somebody who is refused learns: the stable code. */
export const refusal = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => "done",
    (error: { type?: string }) => error.type ?? String(error),
  );
