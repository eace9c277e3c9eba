import fc from "fast-check";
import { decodeTrees, encodeTrees } from "../../../services/prediction/domain/tree-bytes.ts";
import { LEAF, leafOf, scoreRow, type TreeEnsemble } from "../../../services/prediction/domain/tree-ensemble.ts";
import { randomRow, randomTrees } from "./random-trees.ts";

/** One split: feature 1 at 2.5, unknown to the right; then feature 0 at 1, unknown to the left. */
const twoSplits: TreeEnsemble = {
  featureCount: 2,
  baseValue: 10,
  roots: Int32Array.of(0),
  feature: Uint8Array.of(1, LEAF, 0, LEAF, LEAF),
  value: Float32Array.of(2.5, -1, 1, 0.5, 2),
  right: Int32Array.of(2, 0, 4, 0, 0),
  missingLeft: Uint8Array.of(0, 0, 1, 0, 0),
  cover: Int32Array.of(10, 4, 6, 3, 3),
};

test.each([
  [[0, 2.5], 9],
  [[1, 2.6], 10.5],
  [[1.1, 2.6], 12],
  [[NaN, 2.6], 10.5],
  [[5, NaN], 12],
  [[NaN, NaN], 10.5],
])("the row %j scores %d", (row, score) => {
  expect(scoreRow(twoSplits, row)).toBe(score);
});

test("a leaf is where the row ends", () => {
  expect(leafOf(twoSplits, 0, [2, 3])).toBe(4);
});

test("trees come back from their bytes as they were", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer(), (seed, rowSeed) => {
      const trees = randomTrees(seed);
      const read = decodeTrees(encodeTrees(trees));
      expect(read).toEqual(trees);
      expect(scoreRow(read, randomRow(rowSeed))).toBe(scoreRow(trees, randomRow(rowSeed)));
    }),
  );
});

test("bytes that are no trees, or not all of them, are refused", () => {
  const bytes = encodeTrees(twoSplits);
  expect(() => decodeTrees(Uint8Array.from([1, ...bytes.subarray(1)]))).toThrow(RangeError);
  expect(() => decodeTrees(bytes.subarray(0, bytes.length - 1))).toThrow(RangeError);
});
