import { setTimeout as pause } from "node:timers/promises";
import type { ServiceSchema } from "moleculer";
import { answers, callerId, requireOwner, requireVersion, type CallerMeta } from "../../mixins/answer.ts";
import { on } from "../../mixins/bus/bus.ts";
import { facts } from "../../mixins/facts.ts";
import { VersionConflict } from "../../mixins/failure.ts";
import { config } from "../../moleculer.config.ts";
import { AccountDeleted } from "../accounts/accounts.contract.ts";
import { loadDemoCars } from "./demo-loading.ts";
import { publishPresent, takeDownAll } from "./departure.ts";
import { editedFields, offeredCar, type CarFields } from "./domain/car.ts";
import { carDetail } from "./domain/car-detail.ts";
import { CarNotFound, Listings, type Car } from "./listings.contract.ts";
import { openListingsStore, type ListingsStore } from "./listings.store.ts";
import { priceAdvice } from "./price-advice.ts";

interface Ports {
  openStore: () => Promise<ListingsStore>;
  /** Whether an empty market is filled with demo cars. */
  demo?: () => boolean;
  /** Milliseconds since 1970. */
  now?: () => number;
}

/** An edit that names no version is repeated on the newer car when somebody else was faster, so many times. */
const MOST_TRIES = 20;

/** Owns what is on sale. */
export function listingsService({ openStore, demo = () => false, now = Date.now }: Ports): ServiceSchema {
  const advice = priceAdvice(now);
  let leaving: AbortController;
  let store: ListingsStore;
  let demoLoading: Promise<void> | undefined;

  async function carNamed(id: string): Promise<Car> {
    const car = await store.car(id);
    if (!car) throw CarNotFound();
    return car;
  }

  /** Changes a car for its owner or a moderator; somebody else's simultaneous change is never overwritten unseen. */
  async function change(
    { id, ifMatch }: { id: string; ifMatch?: number | undefined },
    caller: CallerMeta,
    patchOf: (car: Car) => Partial<CarFields>,
  ): Promise<Car> {
    for (let tries = 1; ; tries++) {
      const car = await carNamed(id);
      requireOwner(car.sellerId ?? "", caller);
      requireVersion(ifMatch, car.version);
      const changed = await store.change(car, patchOf(car));
      if (changed) return changed;
      if (tries === MOST_TRIES) throw VersionConflict({ currentVersion: car.version + 1 });
      await pause(Math.random() * tries);
    }
  }

  return {
    name: Listings.$name,
    mixins: [
      facts({
        relays: () => store.factSources(),
        subscriptions: [on(AccountDeleted, ({ accountId }) => takeDownAll(store, accountId))],
      }),
    ],

    actions: answers(Listings, {
      publishCar: async (offer, ctx) => {
        const currency = offer.currency ?? (await advice.currency(ctx));
        const sellerId = callerId(ctx);
        const offered = { ...offeredCar(offer, { currency, sellerId }), sellerId };
        const car = await publishPresent(store, offered, ctx.meta.onceKey);
        return carDetail(car, await advice.valuation(ctx, car));
      },
      car: async ({ id, ...shown }, ctx) => {
        const car = await carNamed(id);
        return carDetail(car, await advice.valuation(ctx, car), shown);
      },
      editCar: async ({ id, ifMatch, ...patch }, ctx) => {
        const car = await change({ id, ifMatch }, ctx.meta, (read) => editedFields(read, patch));
        return carDetail(car, await advice.valuation(ctx, car));
      },
      removeCar: async (params, ctx) => {
        await change(params, ctx.meta, () => ({ status: "deleted" }));
        return null;
      },
      personalData: async ({ accountId, cursor }) => {
        const { cars, nextCursor } = await store.carsOf(accountId, cursor);
        return { records: cars.map((record) => ({ kind: "cars", record })), nextCursor };
      },
      importCars: ({ importId, demo, cars }) => {
        const offered = cars.map((car) => offeredCar(car, { currency: car.currency, sellerId: null, demo }));
        return store.importBatch(importId, offered);
      },
      changes: async (query) => ({ changes: await store.changes(query) }),
      carsById: async ({ ids }) => ({ cars: await store.carsById(ids) }),
      countCars: async () => ({ onSale: await store.countOnSale() }),
      browse: (query) => store.browse(query),
    }),

    async started() {
      store = await openStore();
      leaving = new AbortController();
      if (!demo()) return;
      demoLoading = loadDemoCars(store, leaving.signal).catch((error: unknown) => {
        this.logger.warn("The demo cars could not be loaded; the next start goes on with them", error);
      });
    },

    async stopped() {
      leaving.abort();
      await demoLoading;
    },
  };
}

export default listingsService({
  openStore: () => openListingsStore(config().store.open),
  demo: () => config().demo,
});
