import { seededRandom } from "../../../models/training/random.ts";
import { LEAF, LEAF_STEP, type TreeEnsemble } from "../../../services/prediction/domain/tree-ensemble.ts";

/** Trees with random splits at whole numbers and random covers, in depth-first order. */
export function randomTrees(seed: number, trees = 3, featureCount = 4, deepest = 5): TreeEnsemble {
  const random = seededRandom(seed);
  const nodes: { feature: number; value: number; right: number; missingLeft: number; cover: number }[] = [];
  const grow = (depth: number): number => {
    const at = nodes.push({ feature: LEAF, value: 0, right: 0, missingLeft: 0, cover: 0 }) - 1;
    const node = nodes[at]!;
    if (depth === deepest || (depth > 0 && random() < 0.25)) {
      node.value = Math.round((random() - 0.5) / LEAF_STEP) * LEAF_STEP;
      node.cover = 1 + Math.floor(random() * 200);
      return at;
    }
    node.feature = Math.floor(random() * featureCount);
    node.value = Math.floor(random() * 5);
    node.missingLeft = random() < 0.5 ? 1 : 0;
    const left = grow(depth + 1);
    node.right = grow(depth + 1);
    node.cover = nodes[left]!.cover + nodes[node.right]!.cover;
    return at;
  };
  const roots = Array.from({ length: trees }, () => grow(0));
  return {
    featureCount,
    baseValue: 9.5,
    roots: Int32Array.from(roots),
    feature: Uint8Array.from(nodes, (node) => node.feature),
    value: Float32Array.from(nodes, (node) => node.value),
    right: Int32Array.from(nodes, (node) => node.right),
    missingLeft: Uint8Array.from(nodes, (node) => node.missingLeft),
    cover: Int32Array.from(nodes, (node) => node.cover),
  };
}

/** A row of small whole numbers and, now and then, unknown values. */
export function randomRow(seed: number, featureCount = 4): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: featureCount }, () => (random() < 0.2 ? NaN : Math.floor(random() * 6)));
}
