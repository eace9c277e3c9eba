import { isDeepStrictEqual } from "node:util";
import { Unauthenticated } from "../../mixins/failure.ts";
import { defaultTitle, type CarFields } from "./domain/car.ts";
import type { Car } from "./listings.contract.ts";
import type { ListingsStore } from "./listings.store.ts";

/**
 * Publishes a car of a member who is still there. Their access may outlive the account by a second, and a departure may
 * have looked for cars before this one was stored; but it was noted before it looked, so it is seen here.
 */
export async function publishPresent(store: ListingsStore, car: CarFields & { sellerId: string }, onceKey?: string) {
  const published = await store.publish(car, onceKey);
  if (!(await store.hasLeft(car.sellerId))) return published;
  await takeDownAll(store, car.sellerId);
  throw Unauthenticated();
}

/**
 * Takes everything of a member who left off the market, and their words and pictures out of what is kept. Each car is
 * one write and one that is done stays as it is, so whoever is interrupted begins again.
 */
export async function takeDownAll(store: ListingsStore, sellerId: string): Promise<void> {
  await store.noteDeparture(sellerId);
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await store.carsOf(sellerId, cursor);
    for (const car of page.cars) await takeDown(store, car);
    cursor = page.nextCursor;
  }
}

/** Of a car that somebody changes at the same time the next delivery of the fact takes care: this one has failed. */
async function takeDown(store: ListingsStore, car: Car): Promise<void> {
  const husk = huskOf(car);
  if (isDeepStrictEqual({ ...car, ...husk }, car)) return;
  if (!(await store.change(car, husk))) throw new Error(`Car ${car.id} is being changed`);
}

const huskOf = (car: Car) =>
  ({
    status: "deleted",
    title: defaultTitle(car),
    description: "",
    region: null,
    images: [],
  }) satisfies Partial<CarFields>;
