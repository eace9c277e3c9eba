import fc from "fast-check";
import { binRows, binOf, type BinnedRows } from "../../models/training/feature-bins.ts";
import { boost, type BoostingSettings } from "../../models/training/boosting.ts";
import { LEAF, scoreRow } from "../../services/prediction/domain/tree-ensemble.ts";

const plain: BoostingSettings = {
  trees: 1,
  learningRate: 1,
  maxLeaves: 2,
  minRows: 1,
  lambda: 1,
  huberDelta: Infinity,
  rowShare: 1,
  featureShare: 1,
  falling: new Set(),
  seed: 1,
};

const smallValue = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 0, max: 5 }) },
  { weight: 1, arbitrary: fc.constant(NaN) },
);
const smallTable = fc.array(fc.record({ x: fc.tuple(smallValue, smallValue), y: fc.integer({ min: -9, max: 9 }) }), {
  minLength: 4,
  maxLength: 30,
});
type Table = { x: readonly number[]; y: number }[];

const binned = (table: Table): BinnedRows => binRows(Float32Array.from(table.flatMap(({ x }) => x)), 2);
const targets = (table: Table) => Float64Array.from(table, ({ y }) => y);

/** The best gain of any split of the table, by trying all of them. */
function bestGain(table: Table, centre: number, lambda: number): number {
  const worth = (rows: Table) => rows.reduce((sum, { y }) => sum + y - centre, 0) ** 2 / (rows.length + lambda);
  const gains = [0, 1].flatMap((feature) =>
    [0, 1, 2, 3, 4].flatMap((threshold) =>
      [true, false].map((missingLeft) => {
        const goesLeft = (value: number) => (Number.isNaN(value) ? missingLeft : value <= threshold);
        const left = table.filter(({ x }) => goesLeft(x[feature]!));
        const right = table.filter(({ x }) => !goesLeft(x[feature]!));
        const parts = [left, right].every((side) => side.some(({ x }) => !Number.isNaN(x[feature])));
        return parts ? worth(left) + worth(right) - worth(table) : 0;
      }),
    ),
  );
  return Math.max(...gains);
}

test("the first split is as good as the best of all splits", () => {
  fc.assert(
    fc.property(smallTable, (table) => {
      const trees = boost(binned(table), targets(table), plain);
      const best = bestGain(table, trees.baseValue, plain.lambda);
      if (trees.roots.length === 0) return expect(best).toBeLessThan(1e-6);
      const rows = (leaf: number) => trees.cover[leaf]! + plain.lambda;
      const leaves = [...trees.feature.keys()].filter((node) => trees.feature[node] === LEAF);
      const worth = leaves.reduce((sum, leaf) => sum + trees.value[leaf]! ** 2 * rows(leaf), 0);
      const all = table.reduce((sum, { y }) => sum + y - trees.baseValue, 0) ** 2 / (table.length + plain.lambda);
      expect(leaves).toHaveLength(2);
      expect(worth - all).toBeCloseTo(best, 1);
    }),
  );
});

test("boosting without shrinking learns small tables by heart", () => {
  const table: Table = [1, 2, 3, 4, 5].flatMap((a) => [1, 2, 3].map((b) => ({ x: [a, b], y: (a * b) % 4 })));
  const trees = boost(binned(table), targets(table), {
    ...plain,
    trees: 60,
    learningRate: 0.5,
    maxLeaves: 8,
    lambda: 0,
  });
  for (const { x, y } of table) expect(scoreRow(trees, x)).toBeCloseTo(y, 2);
});

test("answers never rise along a falling feature, whatever the data say", () => {
  const settings = { ...plain, trees: 20, learningRate: 0.3, maxLeaves: 12, falling: new Set([1]), rowShare: 0.8 };
  const known = fc.record({
    x: fc.tuple(smallValue, fc.integer({ min: 0, max: 9 })),
    y: fc.integer({ min: -9, max: 9 }),
  });
  fc.assert(
    fc.property(fc.array(known, { minLength: 10, maxLength: 60 }), smallValue, (table, other) => {
      const trees = boost(binned(table), targets(table), settings);
      const scores = Array.from({ length: 12 }, (_, value) => scoreRow(trees, [other, value - 1]));
      scores.slice(1).forEach((score, at) => expect(score).toBeLessThanOrEqual(scores[at]!));
    }),
    { numRuns: 50 },
  );
});

test("Huber's loss forgives a wild price", () => {
  const table: Table = Array.from({ length: 20 }, (_, at) => ({ x: [at % 2, 0], y: at === 0 ? 1000 : at % 2 }));
  const trees = boost(binned(table), targets(table), { ...plain, trees: 50, huberDelta: 0.2 });
  expect(scoreRow(trees, [0, 0])).toBeLessThan(1);
});

test("nothing to learn gives no trees", () => {
  const table: Table = Array.from({ length: 9 }, () => ({ x: [1, 1], y: 4 }));
  const trees = boost(binned(table), targets(table), { ...plain, trees: 5 });
  expect(trees.roots).toHaveLength(0);
  expect(scoreRow(trees, [1, 1])).toBe(4);
});

test("bins part values as their thresholds do, within a byte", () => {
  const values = Float32Array.from({ length: 3000 }, (_, at) => Math.fround(Math.sin(at) * 1e4));
  const { bins, cuts } = binRows(values, 1);
  expect(cuts[0]!.length).toBeLessThanOrEqual(254);
  expect(new Set(bins).size).toBe(cuts[0]!.length + 1);
  values.forEach((value, row) => expect(bins[row]).toBe(cuts[0]!.filter((cut) => cut < value).length + 1));
  expect(binOf(cuts[0]!, NaN)).toBe(0);
});
