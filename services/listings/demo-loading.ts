import { setImmediate as turn } from "node:timers/promises";
import { generateDemoCars } from "./demo-cars.ts";
import { offeredCar } from "./domain/car.ts";
import type { ListingsStore } from "./listings.store.ts";

const IMPORT_ID = "demo";
const BATCH = 250;

/**
 * Fills an empty market with demo cars, once. What a process left half done the next one finishes; two at a time do
 * no harm, because each car is stored under a key of its own. Stops between two batches when the signal says so.
 */
export async function loadDemoCars(store: ListingsStore, signal: AbortSignal): Promise<void> {
  const state = await store.imports.state(IMPORT_ID);
  if (state === "finished" || (state === undefined && (await store.hasCars()))) return;
  await store.imports.noteState(IMPORT_ID, "begun");
  const offers = generateDemoCars();
  for (let from = 0; from < offers.length; from += BATCH) {
    await turn();
    if (signal.aborted) return;
    const cars = offers
      .slice(from, from + BATCH)
      .map((offer) => offeredCar(offer, { currency: offer.currency, sellerId: null, demo: true }));
    await store.importBatch(IMPORT_ID, cars);
  }
  await store.imports.noteState(IMPORT_ID, "finished");
}
