import fc from "fast-check";
import {
  CURVE_POINTS,
  curveMileages,
  depreciationCurve,
} from "../../../services/prediction/domain/depreciation-curve.ts";

test.each([
  [0, 96_000],
  [21_000, 96_000],
  [100_000, 120_000],
  [1_000_000, 1_200_000],
])("the curve of a car with %d on the clock reaches to %d", (mileage, furthest) => {
  const mileages = curveMileages(mileage);
  expect(mileages).toHaveLength(CURVE_POINTS);
  expect(mileages[0]).toBe(0);
  expect(mileages.at(-1)).toBe(furthest);
});

test("a curve never rises and is whole money of at least one, whatever the model says", () => {
  fc.assert(
    fc.property(
      fc.nat(1_000_000),
      fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: CURVE_POINTS, maxLength: CURVE_POINTS }),
      (mileage, prices) => {
        const curve = depreciationCurve(curveMileages(mileage), prices);
        expect(curve.every(({ price }) => Number.isInteger(price) && price >= 1)).toBe(true);
        expect(
          curve.every(
            ({ mileage, price }, at) => at === 0 || (price <= curve[at - 1]!.price && mileage > curve[at - 1]!.mileage),
          ),
        ).toBe(true);
      },
    ),
  );
});
