/**
 * Regression trees in flat arrays, node by node in depth-first order: the left child follows its parent.
 * A row goes left where `feature <= threshold`, and where the feature is NaN and the node says so.
 */
export type TreeEnsemble = {
  featureCount: number;
  /** What the sum over the trees starts from. */
  baseValue: number;
  /** Index of each tree's first node. */
  roots: Int32Array;
  /** Feature a node asks for; LEAF where it answers. */
  feature: Uint8Array;
  /** The threshold of a split; the value of a leaf. */
  value: Float32Array;
  /** Index of the right child; 0 in leaves. */
  right: Int32Array;
  /** 1 where an unknown value (NaN) goes left. */
  missingLeft: Uint8Array;
  /** Training rows that came through the node. */
  cover: Int32Array;
};

export const LEAF = 0x7f;
/**
 * Leaf values and base are multiples of this. Sums of less than 64 in size are then exact in 32-bit floats, in any
 * order: every runtime gives the same bits.
 */
export const LEAF_STEP = 2 ** -18;

// Taken once: looking up a global for every node would cost more than the rest.
const { isNaN } = Number;

/** The node a row ends in, from the given node on. */
export function leafOf(trees: TreeEnsemble, node: number, row: ArrayLike<number>): number {
  for (let feature; (feature = trees.feature[node]!) !== LEAF;) {
    const value = row[feature]!;
    const left = isNaN(value) ? trees.missingLeft[node] === 1 : value <= trees.value[node]!;
    node = left ? node + 1 : trees.right[node]!;
  }
  return node;
}

/** Sum of base and leaves for one row of features (NaN = unknown). */
export function scoreRow(trees: TreeEnsemble, row: ArrayLike<number>): number {
  let sum = trees.baseValue;
  for (const root of trees.roots) sum += trees.value[leafOf(trees, root, row)]!;
  return sum;
}

/** Arrays for this many nodes. */
export const emptyNodes = (nodes: number) => ({
  feature: new Uint8Array(nodes),
  value: new Float32Array(nodes),
  right: new Int32Array(nodes),
  missingLeft: new Uint8Array(nodes),
  cover: new Int32Array(nodes),
});
