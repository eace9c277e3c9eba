import type { CallContext } from "../../mixins/answer.ts";
import { FALLBACK_CURRENCY, Prediction, type Valuation } from "../prediction/prediction.contract.ts";
import { pricedCar } from "./domain/car-detail.ts";
import type { Car } from "./listings.contract.ts";

/**
 * A car must be sold and shown without prediction too, so a question to it waits no longer than this: about half of
 * one attempt to show the car, lest the attempt end with it.
 */
const PATIENCE = { timeout: 500, retries: 0 };
const CURRENCY_IS_FRESH_MS = 60_000;

/** What listings ask prediction. */
export interface PriceAdvice {
  /** What a car is worth; null when prediction does not answer in time. */
  valuation(ctx: CallContext, car: Car): Promise<Valuation | null>;
  /** What the serving model quotes in; while none answers, what it quoted in last. */
  currency(ctx: CallContext): Promise<string>;
}

/** `now` answers milliseconds since 1970. */
export function priceAdvice(now: () => number): PriceAdvice {
  let known: { currency: string; askAgainAt: number } = { currency: FALLBACK_CURRENCY, askAgainAt: 0 };
  return {
    valuation: (ctx, car) => Prediction.value(ctx, pricedCar(car), PATIENCE).catch(() => null),
    async currency(ctx) {
      if (now() < known.askAgainAt) return known.currency;
      const model = await Prediction.model(ctx, {}, PATIENCE).catch(() => undefined);
      if (model) known = { currency: model.currency, askAgainAt: now() + CURRENCY_IS_FRESH_MS };
      return known.currency;
    },
  };
}
