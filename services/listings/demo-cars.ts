import type { PricedOffer } from "./domain/car.ts";
import { chance } from "./domain/chance.ts";
import { koreanMarket } from "./domain/demo-korean-cars.ts";
import { ukMarket } from "./domain/demo-uk-cars.ts";

const SEED = 20_200_704;

/**
 * Offers of cars for a market to show something: British ones in GBP, one in ten Korean in KRW, mixed. The same seed
 * gives the same cars. Brand, model, variant, age, mileage, tax and price hang together as on a real market.
 */
export function generateDemoCars(count = 3000, seed = SEED): PricedOffer[] {
  const luck = chance(seed);
  const nextUkCar = ukMarket(luck);
  const nextKoreanCar = koreanMarket(luck);
  return Array.from({ length: count }, (_, index) => (index % 10 === 9 ? nextKoreanCar() : nextUkCar()));
}
