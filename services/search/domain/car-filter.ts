import type { z } from "zod";
import type { carFilters, CarSort } from "../search.contract.ts";
import { defaultMileageUnit, type MileageUnit } from "../../prediction/prediction.contract.ts";
import type { Condition, Filter, SortKey } from "../search-engine.ts";
import { canonicalName } from "./canonical-name.ts";
import { toKm } from "./mileage.ts";

export type CarConditions = { [F in keyof typeof carFilters]?: z.infer<(typeof carFilters)[F]> };

/** The engine's filter for conditions on cars of one currency; mileage bounds are in `mileageUnit` or the market's. */
export function carFilter(
  conditions: CarConditions & { mileageUnit?: MileageUnit | undefined },
  currency: string,
): Filter {
  const { brand, model, fuelType, transmission, dealRating, mileageUnit = defaultMileageUnit(currency) } = conditions;
  const km = (distance: number | undefined) => (distance === undefined ? undefined : toKm(distance, mileageUnit));
  return withoutGaps({
    currency: { in: [currency] },
    brand: brand && { in: brand.map(canonicalName) },
    model: model && { in: model.map(canonicalName) },
    fuelType: fuelType && { in: fuelType },
    transmission: transmission && { in: transmission },
    dealRating: dealRating && { in: dealRating },
    price: range(conditions.minPrice, conditions.maxPrice),
    year: range(conditions.minYear, conditions.maxYear),
    mileageKm: range(km(conditions.minMileage), km(conditions.maxMileage)),
  });
}

function range(least: number | undefined, most: number | undefined): Condition | undefined {
  if (least === undefined && most === undefined) return undefined;
  return { ...(least !== undefined && { gte: least }), ...(most !== undefined && { lte: most }) };
}

const withoutGaps = (filter: { [F in keyof Filter]: Condition | undefined }): Filter =>
  Object.fromEntries(Object.entries(filter).filter(([, condition]) => condition !== undefined));

const NEWEST: SortKey = { field: "createdAt", descending: true };
const SORT_KEYS: Record<CarSort, readonly SortKey[]> = {
  price_asc: [{ field: "price", descending: false }],
  price_desc: [{ field: "price", descending: true }],
  year_asc: [{ field: "year", descending: false }],
  year_desc: [{ field: "year", descending: true }],
  mileage_asc: [{ field: "mileageKm", descending: false }],
  mileage_desc: [{ field: "mileageKm", descending: true }],
  newest: [NEWEST],
  relevance: [{ field: "score", descending: true }, NEWEST],
};

/** Without words there is no relevance; the newest come first then. */
export const sortKeys = (sort: CarSort, hasWords: boolean): readonly SortKey[] =>
  sort === "relevance" && !hasWords ? [NEWEST] : SORT_KEYS[sort];
