import fc from "fast-check";
import { moneyShares, TYPICAL_CAR } from "../../../services/prediction/domain/contributions.ts";

const sum = (shares: { effect: number }[]) => shares.reduce((total, { effect }) => total + effect, 0);

test("effects in money add up to the price exactly and keep their sign", () => {
  const effect = fc.double({ min: -2, max: 2, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 500_000 }), fc.array(effect, { maxLength: 9 }), (price, effects) => {
      const shares = moneyShares(price, Object.fromEntries(effects.map((value, index) => [`feature${index}`, value])));
      expect(sum(shares)).toBe(price);
      expect(shares.every((share) => Number.isInteger(share.effect) && !Object.is(share.effect, -0))).toBe(true);
      effects.forEach((value, index) => {
        if (value > 0) expect(shares[index + 1]!.effect).toBeGreaterThanOrEqual(0);
        if (value < 0) expect(shares[index + 1]!.effect).toBeLessThanOrEqual(0);
      });
    }),
  );
});

test("without effects the price is that of the typical car", () => {
  expect(moneyShares(12_345, { age: 0 })).toEqual([
    { feature: TYPICAL_CAR, effect: 12_345 },
    { feature: "age", effect: 0 },
  ]);
});

test("equal effects are worth equal money, whatever their order", () => {
  const [typical, first, second] = moneyShares(20_000, { age: Math.log(2) / 2, mileage: Math.log(2) / 2 });
  expect(typical!.effect).toBe(10_000);
  expect(first!.effect).toBe(5000);
  expect(second!.effect).toBe(5000);
});
