import fc from "fast-check";
import { dealRating, priceBand } from "../../../services/prediction/domain/price-band.ts";
import { estimateOf, INTERVALS } from "./estimates.ts";

const unknownModel = { field: "model", reason: "unknown" } as const;
const unknownBrand = { field: "brand", reason: "unknown" } as const;
const oddYear = { field: "year", reason: "outsideRange" } as const;

test.each([
  ["a familiar car has the measured coverage", [], 0.8, 1],
  ["an odd car of a known model has a wider band and its own coverage", [oddYear], 0.78, 1.5],
  ["of an unknown model sigma is wide already and coverage is that of unseen models", [unknownModel, oddYear], 0.67, 1],
  ["of an unknown brand the band is wider by what was measured", [unknownBrand, unknownModel], 0.8, 1.94],
] as const)("%s", (_, outOfDistribution, coverage, widening) => {
  const estimate = estimateOf({ median: 10_000, sigma: 0.1, outOfDistribution });
  const band = priceBand(estimate, INTERVALS);
  expect(band.coverage).toBe(coverage);
  expect(Math.log(band.low / 10_000)).toBeCloseTo(-2 * 0.1 * widening, 6);
  expect(Math.log(band.high / 10_000)).toBeCloseTo(2.2 * 0.1 * widening, 6);
});

test.each([
  [8_180, "great"],
  [8_190, "good"],
  [9_040, "good"],
  [9_050, "fair"],
  [10_000, "fair"],
  [11_160, "fair"],
  [11_170, "high"],
  [12_450, "high"],
  [12_465, "overpriced"],
])("a price of %d is %s where 10,000 is the median", (price, rating) => {
  // Edges: 10,000 · e^(-0.2, -0.1, +0.11, +0.22) = 8187.3, 9048.4, 11162.8, 12460.8
  expect(dealRating(price, priceBand(estimateOf({ median: 10_000, sigma: 0.1 }), INTERVALS))).toBe(rating);
});

test("quantiles never cross and a dearer car is never rated better", () => {
  const order = ["great", "good", "fair", "high", "overpriced"];
  fc.assert(
    fc.property(
      fc.double({ min: 50, max: 1e6, noNaN: true }),
      fc.double({ min: 1e-3, max: 1.5, noNaN: true }),
      fc.boolean(),
      fc.integer({ min: 1, max: 2_000_000 }),
      fc.integer({ min: 1, max: 1_000_000 }),
      (median, sigma, odd, price, more) => {
        const band = priceBand(estimateOf({ median, sigma, outOfDistribution: odd ? [oddYear] : [] }), INTERVALS);
        expect(band.low < band.q25 && band.q25 < median && median < band.q75 && band.q75 < band.high).toBe(true);
        const [cheap, dear] = [dealRating(price, band), dealRating(price + more, band)];
        expect(order.indexOf(dear)).toBeGreaterThanOrEqual(order.indexOf(cheap));
      },
    ),
  );
});
