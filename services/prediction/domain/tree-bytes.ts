import { emptyNodes, LEAF, LEAF_STEP, type TreeEnsemble } from "./tree-ensemble.ts";

const MISSING_LEFT = 0x80;
const MAGIC = 0x31425448; // "HTB1" in little-endian order

/**
 * Writes the ensemble as bytes: header, the distinct thresholds of each feature, then the nodes. A split takes two
 * bytes (feature, threshold number); a leaf one byte, its value in LEAF_STEPs and its cover. Covers of splits are
 * the sums of their leaves.
 * @throws RangeError when a feature has more than 256 thresholds, or the trees do not stand in depth-first order
 */
export function encodeTrees(trees: TreeEnsemble): Uint8Array {
  const thresholds = thresholdsByFeature(trees);
  const numbers = thresholds.map((list) => new Map(list.map((value, index) => [value, index])));
  const bytes: number[] = [];
  pushHeader(bytes, trees, thresholds);
  trees.feature.forEach((feature, node) => {
    if (feature !== LEAF) {
      bytes.push(feature | (trees.missingLeft[node]! && MISSING_LEFT), numbers[feature]!.get(trees.value[node]!)!);
      return;
    }
    const steps = Math.round(trees.value[node]! / LEAF_STEP);
    bytes.push(LEAF);
    pushVarint(bytes, steps < 0 ? -2 * steps - 1 : 2 * steps);
    pushVarint(bytes, trees.cover[node]!);
  });
  return Uint8Array.from(bytes);
}

function thresholdsByFeature(trees: TreeEnsemble): number[][] {
  const seen = Array.from({ length: trees.featureCount }, () => new Set<number>());
  trees.feature.forEach((feature, node) => feature !== LEAF && seen[feature]!.add(trees.value[node]!));
  const sorted = seen.map((set) => [...set].sort((a, b) => a - b));
  if (sorted.some((list) => list.length > 256)) throw new RangeError("More than 256 thresholds of one feature");
  return sorted;
}

function pushHeader(bytes: number[], trees: TreeEnsemble, thresholds: number[][]): void {
  const head = new DataView(new ArrayBuffer(20));
  head.setUint32(0, MAGIC, true);
  head.setUint32(4, trees.featureCount, true);
  head.setFloat32(8, trees.baseValue, true);
  head.setUint32(12, trees.roots.length, true);
  head.setUint32(16, trees.feature.length, true);
  bytes.push(...new Uint8Array(head.buffer));
  for (const list of thresholds) {
    pushVarint(bytes, list.length);
    bytes.push(...new Uint8Array(Float32Array.from(list).buffer));
  }
}

function pushVarint(bytes: number[], value: number): void {
  for (; value > 0x7f; value = Math.floor(value / 128)) bytes.push((value & 0x7f) | 0x80);
  bytes.push(value);
}

/**
 * Reads what encodeTrees wrote.
 * @throws RangeError when the bytes are no ensemble or end early
 */
export function decodeTrees(bytes: Uint8Array): TreeEnsemble {
  const reader = new ByteReader(bytes);
  if (reader.uint32() !== MAGIC) throw new RangeError("Not a tree ensemble");
  const featureCount = reader.uint32();
  const baseValue = reader.float32();
  const roots = new Int32Array(reader.uint32());
  const nodes = reader.uint32();
  const thresholds = Array.from({ length: featureCount }, () =>
    Array.from({ length: reader.varint() }, () => reader.float32()),
  );
  const trees = { featureCount, baseValue, roots, ...emptyNodes(nodes) };
  let next = 0;
  for (let tree = 0; tree < roots.length; tree++) {
    roots[tree] = next;
    next = readNode(trees, reader, thresholds, next);
  }
  return trees;
}

/** Reads the node and all below it; returns the index after the last of them. */
function readNode(trees: TreeEnsemble, reader: ByteReader, thresholds: number[][], node: number): number {
  const head = reader.uint8();
  if (head === LEAF) {
    const zigzag = reader.varint();
    trees.feature[node] = LEAF;
    trees.value[node] = (zigzag % 2 === 1 ? -(zigzag + 1) / 2 : zigzag / 2) * LEAF_STEP;
    trees.cover[node] = reader.varint();
    return node + 1;
  }
  const feature = head & ~MISSING_LEFT;
  trees.feature[node] = feature;
  trees.missingLeft[node] = head & MISSING_LEFT ? 1 : 0;
  trees.value[node] = thresholds[feature]![reader.uint8()]!;
  const right = readNode(trees, reader, thresholds, node + 1);
  trees.right[node] = right;
  const end = readNode(trees, reader, thresholds, right);
  trees.cover[node] = trees.cover[node + 1]! + trees.cover[right]!;
  return end;
}

class ByteReader {
  #at = 0;
  readonly #view: DataView;
  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  uint8(): number {
    return this.#view.getUint8(this.#at++);
  }
  uint32(): number {
    return this.#view.getUint32((this.#at += 4) - 4, true);
  }
  float32(): number {
    return this.#view.getFloat32((this.#at += 4) - 4, true);
  }
  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.uint8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }
}
