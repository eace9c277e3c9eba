import { InvalidInput } from "../../mixins/failure.ts";
import { CarNotFound, Listings, type Car } from "../listings/listings.contract.ts";
import type { Comparable, FuelType, MileageUnit, PricedCar } from "../prediction/prediction.contract.ts";
import { defaultMileageUnit } from "../prediction/prediction.contract.ts";
import type { Carrier } from "../../mixins/contract.ts";
import type { CarMarket } from "./car-market.ts";
import { carHit } from "./car-search.ts";
import { canonicalName } from "./domain/canonical-name.ts";
import type { ShownCar } from "./domain/car-document.ts";
import { carFilter } from "./domain/car-filter.ts";
import { toKm } from "./domain/mileage.ts";
import { MOST_GROUPS, type Filter, type Group, type SearchEngine, type StatisticsQuery } from "./search-engine.ts";

const MOST_BUCKETS = 2000;
/** What a car is commonly driven in a year: how far a year of age counts when cars are compared. */
const KM_PER_YEAR = 15_000;
/** Similar cars of other models cost about the same. */
const SIMILAR_PRICE = { least: 0.75, most: 1.25 };

interface Kind {
  currency?: string | undefined;
  brand?: string | undefined;
  model?: string | undefined;
  fuelType?: FuelType | undefined;
}

/** Figures about the cars on sale in one currency, and cars near to a given one. */
export function carStatistics(engine: SearchEngine, market: CarMarket) {
  const filterOf = async ({
    currency,
    brand,
    model,
    fuelType,
  }: Kind): Promise<{ currency: string; filter: Filter }> => {
    const chosen = currency ?? (await market.currency());
    const conditions = { ...(brand && { brand: [brand] }), ...(model && { model: [model] }) };
    const filter = carFilter({ ...conditions, ...(fuelType && { fuelType: [fuelType] }) }, chosen);
    return { currency: chosen, filter };
  };
  const groups = async (kind: Kind, groupBy: StatisticsQuery["groupBy"], limit = MOST_GROUPS) => {
    const { currency, filter } = await filterOf(kind);
    return { currency, groups: await engine.statistics({ filter, groupBy, limit }) };
  };

  return {
    /** Names and counts of a field, most cars first. */
    async count(kind: Kind, field: "brand" | "model", limit: number): Promise<{ name: string; count: number }[]> {
      const counted = await groups(kind, [field], limit);
      return counted.groups.map(({ key, count }) => ({ name: String(key[0]), count }));
    },

    async engineSizesLitres(kind: Kind): Promise<number[]> {
      const sizes = (await groups(kind, ["engineSize"])).groups.map(({ key }) => Number(key[0]));
      return sizes.filter((litres) => litres > 0).sort((one, other) => one - other);
    },

    async priceDistribution(kind: Kind, bucket?: number) {
      const step = bucket ?? defaultBucket(kind.currency ?? (await market.currency()));
      const { currency, groups: buckets } = await groups(kind, { field: "price", step }, MOST_BUCKETS + 1);
      if (buckets.length > MOST_BUCKETS) {
        const message = `So narrow a bucket makes more than ${MOST_BUCKETS} of them`;
        throw InvalidInput({ errors: [{ path: "bucket", message }] });
      }
      return {
        currency,
        bucket: step,
        buckets: byKey(buckets).map(({ key, count }) => ({ from: Number(key[0]), count })),
      };
    },

    async averagePriceByYear(kind: Kind) {
      const { groups: years } = await groups(kind, ["year"]);
      return byKey(years).map(({ key, averagePrice, count }) => ({ year: Number(key[0]), averagePrice, count }));
    },

    async dearestBrands(kind: Kind, limit: number) {
      const { currency, groups: brands } = await groups(kind, ["brand"]);
      const dearest = brands.sort((one, other) => other.averagePrice - one.averagePrice).slice(0, limit);
      const named = dearest.map(({ key, averagePrice, count }) => ({ brand: String(key[0]), averagePrice, count }));
      return { currency, brands: named };
    },

    /** Cars of the same model, nearest in year and mileage first; then others of the brand at about the price. */
    async similar(via: Carrier, { id, limit, ...shown }: Similar) {
      const car = await carById(engine, via, id);
      const currency = shown.currency ?? car.currency;
      const { filter } = await filterOf({ currency, brand: car.brand, model: car.model });
      const place = { ...placeOf(car), limit };
      const same = await engine.nearest({ filter: { ...filter, id: { not: id } }, ...place });
      const price = { gte: car.price * SIMILAR_PRICE.least, lte: car.price * SIMILAR_PRICE.most };
      const { filter: ofBrand } = await filterOf({ currency, brand: car.brand });
      const others =
        same.length < limit && currency === car.currency
          ? await engine.nearest({ filter: { ...ofBrand, price, model: { not: canonicalName(car.model) } }, ...place })
          : [];
      const hits = [...same, ...others.filter((other) => !same.some((hit) => hit.id === other.id))].slice(0, limit);
      return hits.map((hit) => carHit(hit.shown as ShownCar, shown.mileageUnit));
    },

    /** Cars on sale of the described car's model, nearest in year and mileage first. */
    async comparables(car: PricedCar, currency: string, limit: number): Promise<Comparable[]> {
      const { filter } = await filterOf({ currency, brand: car.brand, model: car.model });
      const unit = car.mileageUnit ?? defaultMileageUnit(car.currency ?? currency);
      const hits = await engine.nearest({ filter, ...placeOf({ ...car, mileageUnit: unit }), limit });
      return hits.map((hit) => comparable((hit.shown as ShownCar).car));
    },
  };
}

interface Similar {
  id: string;
  limit: number;
  currency?: string | undefined;
  mileageUnit?: MileageUnit | undefined;
}

const placeOf = (car: { year: number; mileage: number; mileageUnit: MileageUnit }) => ({
  year: car.year,
  mileageKm: toKm(car.mileage, car.mileageUnit),
  kmPerYear: KM_PER_YEAR,
});

/** A car on sale from the index, any other from its owner; throws `CAR_NOT_FOUND`. */
async function carById(engine: SearchEngine, via: Carrier, id: string): Promise<Car> {
  const { hits } = await engine.search({ filter: { id: { in: [id] } }, sort: [], limit: 1 });
  if (hits[0]) return (hits[0].shown as ShownCar).car;
  const { cars } = await Listings.carsById(via, { ids: [id] });
  if (!cars[0] || cars[0].status === "hidden" || cars[0].status === "deleted") throw CarNotFound();
  return cars[0];
}

function comparable({ id, title, year, mileage, mileageUnit, price, currency }: Car): Comparable {
  return { id, title, year, mileage, mileageUnit, price, currency };
}

const byKey = (groups: Group[]): Group[] => groups.sort((one, other) => Number(one.key[0]) - Number(other.key[0]));

/** A twentieth of what a rather new car costs. */
function defaultBucket(currency: string): number {
  if (currency === "KRW") return 5_000_000;
  return currency === "JPY" ? 500_000 : 5000;
}
