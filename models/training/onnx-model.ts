import { FEATURES } from "../../services/prediction/domain/car-features.ts";
import { floats, inDomain, intAttribute, longs, node, rowsOfFloats, treeEnsembleNode } from "./onnx-nodes.ts";
import type { PriceModel } from "./price-pipeline.ts";
import { ProtoMessage } from "./protobuf.ts";
import { slope, type Spread } from "./spread-fit.ts";

const ML = "ai.onnx.ml";
const [IR_VERSION, OPSET, ML_OPSET] = [9, 18, 5];

/**
 * Writes the model as ONNX: `features` [rows, 16] in; out `quantiles` [rows, 3] (10 %, 50 %, 90 % of the price in GBP),
 * `mu` [rows, 1] (log of the price) and `sigma` [rows, 1] (spread of the log price).
 */
export function onnxModel(model: PriceModel, producer: string): Uint8Array {
  const { trees, spread } = model;
  const graph = new ProtoMessage();
  const nodes = [
    inDomain(treeEnsembleNode(trees, "features", "muTrees"), ML),
    node("Add", ["muTrees", "muBase"], "mu"),
    inDomain(treeEnsembleNode(spread.trees, "features", "sigmaTrees"), ML),
    ...byPriceNodes(),
    node("Gather", ["features", "modelCodeColumn"], "modelCode", [intAttribute("axis", 1)]),
    node("IsNaN", ["modelCode"], "isUnknownModel"),
    node("Where", ["isUnknownModel", "unknownModelLogFactor", "zero"], "unknownModel"),
    node("Sum", ["sigmaTrees", "byPrice", "unknownModel", "sigmaBase"], "logSigma"),
    node("Exp", ["logSigma"], "sigma"),
    node("Mul", ["sigma", "z"], "distance"),
    node("Add", ["mu", "distance"], "logQuantiles"),
    node("Exp", ["logQuantiles"], "quantiles"),
  ];
  for (const each of nodes) graph.message(1, each);
  graph.text(2, "car-price");
  for (const constant of constants(trees.baseValue, spread)) graph.message(5, constant);
  graph.message(11, rowsOfFloats("features", FEATURES.length));
  for (const [name, columns] of [
    ["quantiles", 3],
    ["mu", 1],
    ["sigma", 1],
  ] as const)
    graph.message(12, rowsOfFloats(name, columns));
  return new ProtoMessage()
    .int(1, IR_VERSION)
    .text(2, producer)
    .message(7, graph)
    .message(8, new ProtoMessage().text(1, "").int(2, OPSET))
    .message(8, new ProtoMessage().text(1, ML).int(2, ML_OPSET))
    .finish();
}

/** The factor by price: how far mu reaches into each part between knots, times the slope there. */
const byPriceNodes = (): ProtoMessage[] => [
  node("Max", ["mu", "knots"], "muFromKnot"),
  node("Min", ["muFromKnot", "nextKnots"], "muInPart"),
  node("Sub", ["muInPart", "knots"], "partReached"),
  node("MatMul", ["partReached", "slopes"], "byPrice"),
];

function constants(muBase: number, spread: Spread): ProtoMessage[] {
  const { mu: knots, logFactor } = spread.byPrice;
  const parts = knots.length - 1;
  const slopes = Array.from({ length: parts }, (_, knot) => slope(knots, logFactor, knot));
  return [
    floats([muBase], [1, 1], "muBase"),
    floats([spread.trees.baseValue + logFactor[0]!], [1, 1], "sigmaBase"),
    floats(knots.slice(0, -1), [1, parts], "knots"),
    floats(knots.slice(1), [1, parts], "nextKnots"),
    floats(slopes, [parts, 1], "slopes"),
    longs([FEATURES.indexOf("modelCode")], [1], "modelCodeColumn"),
    floats([spread.unknownModelLogFactor], [1, 1], "unknownModelLogFactor"),
    floats([0], [1, 1], "zero"),
    floats([spread.quantiles.q10, 0, spread.quantiles.q90], [1, 3], "z"),
  ];
}
