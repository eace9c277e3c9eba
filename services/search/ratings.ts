import { setTimeout } from "node:timers/promises";
import type { Carrier } from "../../mixins/contract.ts";
import type { Car } from "../listings/listings.contract.ts";
import { Prediction, type PricedCar } from "../prediction/prediction.contract.ts";
import { UNRATED, operationFor, type RatedBy, type ShownCar } from "./domain/car-document.ts";
import type { Position, SearchEngine } from "./search-engine.ts";

const RATE_TIMEOUT_MS = 5000;
/** Few enough that a search which comes between waits for little. */
const BATCH = 250;
const LONGEST_PAUSE_MS = 1000;
const once = { timeout: RATE_TIMEOUT_MS, retries: 0 };
const nameOf = ({ name, version }: { name: string; version: string }): string => `${name}@${version}`;

/** Rates asking prices, in order. While no model answers the cars stay unrated, to be rated later. */
export async function ratingsOf(via: Carrier, cars: readonly Car[]): Promise<RatedBy[]> {
  if (cars.length === 0) return [];
  try {
    const { model, ratings } = await Prediction.rate(via, { cars: cars.map(priced) }, once);
    const ratedBy = nameOf(model);
    return cars.map((_, at) => ({ dealRating: ratings[at]?.dealRating ?? null, ratedBy }));
  } catch {
    return cars.map(() => UNRATED);
  }
}

/**
 * Rates what another model, or none, has rated so far, while a model answers and `wanted` says so. Works half of the
 * time: after each batch it leaves the engine, the model and the loop to others for as long as the batch took.
 */
export async function rateAgain(engine: SearchEngine, via: Carrier, wanted: () => boolean): Promise<void> {
  const { model } = await Prediction.health(via, {}, { retries: 0 });
  const ratedBy = nameOf(model);
  const filter = { ratedBy: { not: ratedBy } };
  for (let after: Position | undefined; wanted();) {
    const startedAt = performance.now();
    // What was rated may not be seen yet, so the walk goes on from the last one instead of asking for the first again.
    const { hits } = await engine.search({ filter, sort: [], limit: BATCH, ...(after && { after }) });
    const cars = hits.map((hit) => (hit.shown as ShownCar).car);
    const ratings = await ratingsOf(via, cars);
    if (ratings[0]?.ratedBy !== ratedBy || !wanted()) return;
    await engine.bulk(cars.map((car, at) => operationFor(car, ratings[at]!)));
    after = hits.at(-1)!.position;
    await setTimeout(Math.min(performance.now() - startedAt, LONGEST_PAUSE_MS));
  }
}

function priced(car: Car): PricedCar {
  const { brand, model, year, mileage, mileageUnit, fuelType, transmission, engineSize, price, currency } = car;
  return {
    ...{ brand, model, year, mileage, mileageUnit, fuelType, transmission, engineSize, price, currency },
    ...(car.tax !== null && { tax: car.tax }),
    ...(car.mpg !== null && { mpg: car.mpg }),
  };
}
