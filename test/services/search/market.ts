import type { ServiceBroker, ServiceSchema } from "moleculer";
import { answers } from "../../../mixins/answer.ts";
import { contract } from "../../../mixins/contract.ts";
import { Listings, type CarOffer } from "../../../services/listings/listings.contract.ts";
import { ModelUnavailable, Prediction, type DealRating } from "../../../services/prediction/prediction.contract.ts";
import { Search } from "../../../services/search/search.contract.ts";
import { eventually } from "../../eventually.ts";

/** A car for sale; what a test does not care about is filled in. */
export const offer = (fields: Partial<CarOffer> = {}): CarOffer & { currency: string } => ({
  brand: "Hyundai",
  model: "Tucson",
  year: 2018,
  mileage: 30_000,
  mileageUnit: "mi",
  fuelType: "Petrol",
  transmission: "Manual",
  engineSize: 1.6,
  price: 14_000,
  ...fields,
  currency: fields.currency ?? "GBP",
});

/** Puts cars on sale and waits until search has them. */
export async function sell(broker: ServiceBroker, cars: ReturnType<typeof offer>[]): Promise<void> {
  const before = await Search.health(broker, {});
  await Listings.importCars(broker, { importId: `test-${Math.random()}`, demo: false, cars });
  await eventually(async () => expect((await Search.health(broker, {})).cars).toBe(before.cars + cars.length));
}

/** What search asks of the real service. */
const { model, health, rate } = Prediction.$actions;
const asked = contract(Prediction.$name, { model, health, rate });

/** A price model of another kind: rates by whole thousands, tells its version, can be switched off. */
export function thousandsModel(state: { version: string; running: boolean }): ServiceSchema {
  const name = () => {
    if (!state.running) throw ModelUnavailable();
    return { name: "thousands", version: state.version };
  };
  const ratings: DealRating[] = ["great", "good", "fair", "high", "overpriced"];
  return {
    name: Prediction.$name,
    actions: answers(asked, {
      model: () => ({ ...name(), currency: "GBP", asOf: "2020-07" }),
      health: () => ({ node: "test", model: name() }),
      rate: ({ cars }) => ({
        model: name(),
        ratings: cars.map(({ price = 0, currency }) =>
          currency === "GBP"
            ? { dealRating: ratings[(Math.floor(price / 1000) + Number(state.version)) % 5]!, price, low: 1, high: 2 }
            : null,
        ),
      }),
    }),
  };
}
