import { LEAF, type TreeEnsemble } from "../../services/prediction/domain/tree-ensemble.ts";
import { ProtoMessage } from "./protobuf.ts";

/** Field numbers and codes from onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto). */
const FLOAT = 1;
const UINT8 = 2;
const INT64 = 7;
const ATTRIBUTE_TYPE = { int: 2, tensor: 4, ints: 7 };

/** A tensor of 32-bit floats. */
export const floats = (values: ArrayLike<number>, dims: readonly number[], name?: string): ProtoMessage =>
  tensor(FLOAT, new Uint8Array(Float32Array.from(values).buffer), dims, name);

/** A tensor of 64-bit integers. */
export const longs = (values: readonly number[], dims: readonly number[], name?: string): ProtoMessage =>
  tensor(INT64, new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer), dims, name);

function tensor(type: number, raw: Uint8Array, dims: readonly number[], name?: string): ProtoMessage {
  const message = new ProtoMessage().ints(1, dims).int(2, type);
  if (name) message.text(8, name);
  return message.bytes(9, raw);
}

/** A node of the graph: operator, what it reads, what it writes. */
export function node(
  operator: string,
  inputs: string[],
  output: string,
  attributes: ProtoMessage[] = [],
): ProtoMessage {
  const message = new ProtoMessage();
  for (const input of inputs) message.text(1, input);
  message.text(2, output).text(3, output).text(4, operator);
  for (const attribute of attributes) message.message(5, attribute);
  return message;
}

/** A graph input or output of 32-bit floats, any number of rows. */
export function rowsOfFloats(name: string, columns: number): ProtoMessage {
  const rows = new ProtoMessage().text(2, "rows");
  const shape = new ProtoMessage().message(1, rows).message(1, new ProtoMessage().int(1, columns));
  const type = new ProtoMessage().message(1, new ProtoMessage().int(1, FLOAT).message(2, shape));
  return new ProtoMessage().text(1, name).message(2, type);
}

export const intAttribute = (name: string, value: number): ProtoMessage =>
  new ProtoMessage().text(1, name).int(3, value).int(20, ATTRIBUTE_TYPE.int);
const intsAttribute = (name: string, values: Iterable<number>): ProtoMessage =>
  new ProtoMessage().text(1, name).ints(8, values).int(20, ATTRIBUTE_TYPE.ints);
const tensorAttribute = (name: string, value: ProtoMessage): ProtoMessage =>
  new ProtoMessage().text(1, name).message(5, value).int(20, ATTRIBUTE_TYPE.tensor);

/**
 * The trees, without their base value, as one TreeEnsemble node of ai.onnx.ml version 5
 * (https://onnx.ai/onnx/operators/onnx_aionnxml_TreeEnsemble.html). Splits and leaves are numbered apart; mode 0 is
 * "goes left if <=". Every tree must have a split.
 */
export function treeEnsembleNode(trees: TreeEnsemble, input: string, output: string): ProtoMessage {
  const { feature, value, right } = trees;
  const splits = [...feature.keys()].filter((at) => feature[at] !== LEAF);
  const leaves = [...feature.keys()].filter((at) => feature[at] === LEAF);
  const numbers = new Int32Array(feature.length);
  splits.forEach((at, number) => (numbers[at] = number));
  leaves.forEach((at, number) => (numbers[at] = number));
  const isLeaf = (at: number) => Number(feature[at] === LEAF);
  const zeros = new Uint8Array(splits.length);
  const modes = tensor(UINT8, zeros, [splits.length]);
  return node("TreeEnsemble", [input], output, [
    intAttribute("n_targets", 1),
    intsAttribute(
      "tree_roots",
      Array.from(trees.roots, (at) => numbers[at]!),
    ),
    intsAttribute(
      "nodes_featureids",
      splits.map((at) => feature[at]!),
    ),
    tensorAttribute(
      "nodes_splits",
      floats(
        splits.map((at) => value[at]!),
        [splits.length],
      ),
    ),
    tensorAttribute("nodes_modes", modes),
    intsAttribute(
      "nodes_truenodeids",
      splits.map((at) => numbers[at + 1]!),
    ),
    intsAttribute(
      "nodes_trueleafs",
      splits.map((at) => isLeaf(at + 1)),
    ),
    intsAttribute(
      "nodes_falsenodeids",
      splits.map((at) => numbers[right[at]!]!),
    ),
    intsAttribute(
      "nodes_falseleafs",
      splits.map((at) => isLeaf(right[at]!)),
    ),
    intsAttribute(
      "nodes_missing_value_tracks_true",
      splits.map((at) => trees.missingLeft[at]!),
    ),
    intsAttribute("leaf_targetids", new Uint8Array(leaves.length)),
    tensorAttribute(
      "leaf_weights",
      floats(
        leaves.map((at) => value[at]!),
        [leaves.length],
      ),
    ),
  ]);
}

/** Names the operator set a node belongs to. */
export const inDomain = (message: ProtoMessage, domain: string): ProtoMessage => message.text(7, domain);
