import type { MileageUnit } from "../../prediction/prediction.contract.ts";

const KM_PER_MILE = 1.609344;

export const toKm = (distance: number, unit: MileageUnit): number =>
  unit === "mi" ? distance * KM_PER_MILE : distance;

/** A mileage in another unit, rounded to whole ones; unchanged in its own. */
export const inUnit = (distance: number, from: MileageUnit, to: MileageUnit): number =>
  from === to ? distance : Math.round(to === "km" ? distance * KM_PER_MILE : distance / KM_PER_MILE);
