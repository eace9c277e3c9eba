import type { Carrier } from "../../mixins/contract.ts";
import { Listings } from "../listings/listings.contract.ts";
import type { CarMarket } from "./car-market.ts";
import { carHit, type CarQuery } from "./car-search.ts";
import { degradedAnswers } from "./search.metrics.ts";
import { SearchUnavailable, type CarPage } from "./search.contract.ts";

const SORTS = ["price_asc", "price_desc", "newest"] as const;

/**
 * Answers by search; while the engine is down, from the owner's store what that can do as well: plain conditions on
 * the first page. Anything more (words, mileage, ratings, facets, other sorts) stays unavailable.
 */
export async function plainList(
  search: () => Promise<CarPage>,
  asked: CarQuery,
  via: Carrier,
  market: CarMarket,
): Promise<CarPage> {
  try {
    return await search();
  } catch (error) {
    if (!SearchUnavailable.is(error) || !isPlain(asked)) throw error;
    const { brand, model, fuelType, transmission, minPrice, maxPrice, minYear, maxYear, size: limit } = asked;
    const conditions = { brand, model, fuelType, transmission, minPrice, maxPrice, minYear, maxYear };
    const sort = SORTS.find((known) => known === asked.sort) ?? "price_asc";
    const currency = asked.currency ?? (await market.currency());
    const { cars, total } = await Listings.browse(via, { ...conditions, currency, sort, limit });
    const items = cars.map((car) => carHit({ car, dealRating: null }, asked.mileageUnit));
    degradedAnswers.add();
    return { items, total, currency, page: 1, size: limit, nextCursor: null, degraded: true };
  }
}

const isPlain = ({ q, dealRating, minMileage, maxMileage, facets, page, cursor, sort }: CarQuery): boolean =>
  [q, dealRating, minMileage, maxMileage, facets, cursor].every((asked) => asked === undefined) &&
  page === 1 &&
  (sort === undefined || SORTS.some((known) => known === sort));
