import fc from "fast-check";
import { FEATURES } from "../../../services/prediction/domain/car-features.ts";
import { groupEffects, nodeMeans, pathAttribution } from "../../../services/prediction/domain/tree-attribution.ts";
import { LEAF, scoreRow, type TreeEnsemble } from "../../../services/prediction/domain/tree-ensemble.ts";
import { shapAttribution } from "../../../services/prediction/domain/tree-shap.ts";
import { randomRow, randomTrees } from "./random-trees.ts";

/** The mean answer below a node when only some features are known: others are answered by cover. */
function expected(trees: TreeEnsemble, node: number, row: number[], known: ReadonlySet<number>): number {
  const { feature, value, right, missingLeft, cover } = trees;
  if (feature[node] === LEAF) return value[node]!;
  const [left, other] = [node + 1, right[node]!];
  const answer = (child: number) => expected(trees, child, row, known);
  if (!known.has(feature[node]!)) return (answer(left) * cover[left]! + answer(other) * cover[other]!) / cover[node]!;
  const asked = row[feature[node]!]!;
  return answer((Number.isNaN(asked) ? missingLeft[node] === 1 : asked <= value[node]!) ? left : other);
}

/** Shapley values by their definition: the mean change a feature makes over all sets of others. */
function shapleyValues(trees: TreeEnsemble, row: number[]): number[] {
  const features = [...row.keys()];
  const worth = (known: number[]) =>
    trees.roots.reduce((sum, root) => sum + expected(trees, root, row, new Set(known)), 0);
  const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
  return features.map((feature) => {
    const others = features.filter((other) => other !== feature);
    const sets = Array.from({ length: 2 ** others.length }, (_, bits) => others.filter((_, i) => bits & (1 << i)));
    return sets.reduce((sum, set) => {
      const weight = (factorial(set.length) * factorial(others.length - set.length)) / factorial(features.length);
      return sum + weight * (worth([...set, feature]) - worth(set));
    }, 0);
  });
}

const total = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0);

test("TreeSHAP gives the Shapley values", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer(), (seed, rowSeed) => {
      const [trees, row] = [randomTrees(seed), randomRow(rowSeed)];
      const { effects } = shapAttribution(trees, nodeMeans(trees), row);
      shapleyValues(trees, row).forEach((value, feature) => expect(effects[feature]).toBeCloseTo(value, 10));
    }),
    { numRuns: 40 },
  );
});

test.each([["shap", shapAttribution] as const, ["path", pathAttribution] as const])(
  "base and effects (%s) add up to the score",
  (_, attribution) => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (seed, rowSeed) => {
        const [trees, row] = [randomTrees(seed, 5, 8, 8), randomRow(rowSeed, 8)];
        const { base, effects } = attribution(trees, nodeMeans(trees), row);
        expect(Math.abs(base + total(effects) - scoreRow(trees, row))).toBeLessThan(1e-9);
      }),
    );
  },
);

test("the path attribution counts the change of the mean at each question", () => {
  const trees: TreeEnsemble = {
    featureCount: 2,
    baseValue: 1,
    roots: Int32Array.of(0),
    feature: Uint8Array.of(0, LEAF, 1, LEAF, LEAF),
    value: Float32Array.of(0, 4, 0, 0, 8),
    right: Int32Array.of(2, 0, 4, 0, 0),
    missingLeft: new Uint8Array(5),
    cover: Int32Array.of(8, 4, 4, 3, 1),
  };
  expect([...nodeMeans(trees)]).toEqual([3, 4, 2, 0, 8]);
  expect(pathAttribution(trees, nodeMeans(trees), [1, 1])).toEqual({ base: 4, effects: Float64Array.of(-1, 6) });
});

test("groups hold the effects of all features", () => {
  const groups = groupEffects(FEATURES.map((_, feature) => 2 ** feature));
  expect(total(Object.values(groups))).toBe(2 ** FEATURES.length - 1);
  expect(groups.mileage).toBe(2);
  expect(groups.engine).toBe(16);
});
