/** A share of a price in money. */
export type Share = { feature: string; effect: number };

/** What the price starts from before anything is said of the car. */
export const TYPICAL_CAR = "typicalCar";

/**
 * Turns effects on log price into whole money that adds up to the price exactly. The first share is the typical car
 * of the data; each effect then counts with the logarithmic mean of that price and this one, the only symmetric
 * weight that leaves no remainder (B. W. Ang, "The LMDI approach to decomposition analysis: a practical guide",
 * Energy Policy 33, 2005). Rounding differences go where they are smallest against the rounded value.
 * @param price whole units of money, at least 1
 * @param logEffects effect of each feature group on ln price; what they leave of ln price is the typical car's
 */
export function moneyShares(price: number, logEffects: Readonly<Record<string, number>>): Share[] {
  const effects = Object.entries(logEffects);
  const total = effects.reduce((sum, [, effect]) => sum + effect, 0);
  const typicalPrice = price * Math.exp(-total);
  const weight = logarithmicMean(price, typicalPrice);
  const exact = [
    { feature: TYPICAL_CAR, effect: typicalPrice },
    ...effects.map(([feature, effect]) => ({ feature, effect: effect * weight })),
  ];
  return roundToSum(exact, price);
}

/** (a − b) / (ln a − ln b), and a where both are equal. */
function logarithmicMean(a: number, b: number): number {
  const logRatio = Math.log(a / b);
  return Math.abs(logRatio) < 1e-9 ? a : (a - b) / logRatio;
}

/** Largest-remainder rounding: whole effects whose sum is exactly the total. */
function roundToSum(shares: readonly Share[], total: number): Share[] {
  const rounded = shares.map(({ feature, effect }) => ({ feature, effect: Math.floor(effect), rest: effect % 1 }));
  const missing = total - rounded.reduce((sum, share) => sum + share.effect, 0);
  const remainder = (share: { rest: number }) => (share.rest < 0 ? share.rest + 1 : share.rest);
  const byRemainder = [...rounded].sort((a, b) => remainder(b) - remainder(a));
  byRemainder.slice(0, missing).forEach((share) => (share.effect += 1));
  return rounded.map(({ feature, effect }) => ({ feature, effect: effect + 0 }));
}
