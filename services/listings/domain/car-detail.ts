import type { MileageUnit, PricedCar, Valuation, Warning } from "../../prediction/prediction.contract.ts";
import { mileageIn } from "./car.ts";
import type { Car, CarDetail } from "../listings.contract.ts";

/** How a reader wants a car shown. */
export interface Shown {
  currency?: string | undefined;
  mileageUnit?: MileageUnit | undefined;
}

/** What the price model is told of a car. */
export function pricedCar(car: Car): PricedCar {
  const { brand, model, year, mileage, mileageUnit, fuelType, transmission, engineSize, price, currency } = car;
  return {
    ...{ brand, model, year, mileage, mileageUnit, fuelType, transmission, engineSize, price, currency },
    ...(car.tax === null ? {} : { tax: car.tax }),
    ...(car.mpg === null ? {} : { mpg: car.mpg }),
  };
}

/** A car with what it is worth; null where no model answered. The mileage is converted, a price never is. */
export function carDetail(car: Car, valuation: Valuation | null, shown: Shown = {}): CarDetail {
  const mileageUnit = shown.mileageUnit ?? car.mileageUnit;
  return {
    ...car,
    mileage: mileageIn(mileageUnit, car),
    mileageUnit,
    prediction: valuation,
    dealRating: valuation?.dealRating ?? null,
    warnings: [...(valuation?.warnings ?? [NO_VALUATION]), ...currencyWarnings(car, shown.currency)],
  };
}

const NO_VALUATION: Warning = {
  code: "PREDICTION_UNAVAILABLE",
  message: "No price model answers at the moment; the car is shown without a valuation",
};

function currencyWarnings(car: Car, currency = car.currency): Warning[] {
  if (currency === car.currency) return [];
  const message = `The price is shown in ${car.currency}, as the seller named it; it is not converted to ${currency}`;
  return [{ code: "CURRENCY_NOT_CONVERTED", message, field: "currency" }];
}
