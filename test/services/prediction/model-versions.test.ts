import type { ServiceBroker } from "moleculer";
import { Prediction } from "../../../services/prediction/prediction.contract.ts";
import { eventually } from "../../eventually.ts";
import { AUDI, GOLDEN, modelShelf, predictionNode } from "./node.ts";

let shelf: ReturnType<typeof modelShelf>;
let node: ServiceBroker;
beforeEach(() => (shelf = modelShelf()));
afterEach(async () => {
  await node.stop();
  shelf.remove();
});
const open = async () => (node = await predictionNode({ modelDir: shelf.modelDir }));
const serves = (version: string) =>
  eventually(async () => expect((await Prediction.health(node, {})).model.version).toBe(version));

/** Inverts some kilobytes far inside: as long as before, with other numbers. */
const twisted = (content: Buffer) => {
  const at = Math.floor(content.length * 0.6);
  const window = content.subarray(at, at + 4096).map((byte) => ~byte);
  return Buffer.concat([content.subarray(0, at), window, content.subarray(at + window.length)]);
};
// Each case knows its file.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
const edited = (change: (json: any) => void) => (content: Buffer) => {
  const json = JSON.parse(content.toString());
  change(json);
  return JSON.stringify(json);
};

test.each<[string, string, (content: Buffer) => Buffer | string | undefined]>([
  ["a model of other numbers", "model.onnx", twisted],
  ["half a model", "model.onnx", (content) => content.subarray(0, content.length / 2)],
  ["an empty model", "model.onnx", () => ""],
  ["no model", "model.onnx", () => undefined],
  ["other trees than the model's", "trees.bin", twisted],
  ["no trees", "trees.bin", () => undefined],
  ["an encoder with another year", "encoder.json", edited((encoder) => (encoder.referenceYear += 3))],
  ["an encoder without brands", "encoder.json", edited((encoder) => (encoder.brands = []))],
  ["golden cars with another answer", "golden.json", edited((golden) => (golden.cars.at(-1).mu *= 1.01))],
  ["no golden cars in the file", "golden.json", edited((golden) => (golden.cars = []))],
  ["a card for other features", "card.json", edited((card) => card.features.reverse())],
  ["a card that is no JSON", "card.json", () => "{"],
])("%s: the service starts, refuses, and recovers when the version is mended", async (_, file, change) => {
  shelf.put("1.0.0");
  shelf.spoil("1.0.0", file, change);
  await open();
  const unavailable = { type: "PREDICTION_UNAVAILABLE", code: 503 };
  await expect(Prediction.health(node, {})).rejects.toMatchObject(unavailable);
  await expect(Prediction.predict(node, AUDI)).rejects.toMatchObject(unavailable);
  shelf.put("1.0.0");
  await serves("1.0.0");
});

test("without any model directory the service starts, refuses, and serves once one is there", async () => {
  await open();
  for (const call of [
    () => Prediction.predict(node, AUDI),
    () => Prediction.chart(node, AUDI),
    () => Prediction.predictBatch(node, { cars: [AUDI] }),
    () => Prediction.value(node, AUDI),
    () => Prediction.rate(node, { cars: [AUDI] }),
    () => Prediction.model(node, {}),
    () => Prediction.serverReady(node, {}),
    () => Prediction.modelReady(node, { name: "car-price" }),
  ])
    await expect(call()).rejects.toMatchObject({ type: "PREDICTION_UNAVAILABLE", code: 503 });
  expect(await Prediction.serverLive(node, {})).toEqual({ live: true });
  shelf.put("1.0.0");
  await serves("1.0.0");
});

test("versions swap under continuous calls of every kind without a failed one", async () => {
  shelf.put("1.0.0");
  await open();
  const { price } = await Prediction.value(node, AUDI);
  let going = true;
  const seen = new Set<string>();
  const calls = { answered: 0, failed: [] as unknown[] };
  const keepCalling = async (call: () => Promise<{ version: string; price?: number }>) => {
    while (going) {
      const answer = await call().catch((error: unknown) => void calls.failed.push(error));
      if (answer?.price !== undefined && answer.price !== price) calls.failed.push(answer);
      if (answer) seen.add(answer.version);
      calls.answered += 1;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const single = () => Prediction.value(node, AUDI).then(({ model, price }) => ({ version: model.version, price }));
  const large = () =>
    Prediction.rate(node, { cars: Array<typeof AUDI>(100).fill(AUDI) }).then(({ model, ratings }) => ({
      version: model.version,
      price: ratings[99]!.price,
    }));
  const exact = () =>
    Prediction.predict(node, { ...AUDI, explain: "shap" }).then(({ model, price }) => ({
      version: model.version,
      price,
    }));
  const callers = [single, single, single, large, exact].map(keepCalling);
  for (const version of ["1.0.1", "1.0.2", "1.1.0"]) {
    shelf.put(version);
    await serves(version);
  }
  await Prediction.load(node, { version: "1.0.0" });
  await serves("1.0.0");
  going = false;
  await Promise.all(callers);
  expect(calls.failed).toEqual([]);
  expect([...seen].sort()).toEqual(["1.0.0", "1.0.1", "1.0.2", "1.1.0"]);
  expect(calls.answered).toBeGreaterThan(20);
});

test("a broken new version is refused and the old one serves on", async () => {
  shelf.put("1.0.0");
  await open();
  shelf.put("2.0.0");
  shelf.spoil("2.0.0", "model.onnx", twisted);
  await expect(Prediction.load(node, { version: "2.0.0" })).rejects.toMatchObject({ type: "PREDICTION_UNAVAILABLE" });
  expect((await Prediction.value(node, AUDI)).model.version).toBe("1.0.0");
});

test("an operator rolls back and goes on with the newest", async () => {
  ["1.0.0", "1.1.0"].forEach((version) => shelf.put(version));
  await open();
  expect((await Prediction.load(node, { version: "1.0.0" })).model.version).toBe("1.0.0");
  expect((await Prediction.load(node, {})).model.version).toBe("1.1.0");
  await expect(Prediction.load(node, { version: "../1.0.0" })).rejects.toMatchObject({ type: "MODEL_NOT_FOUND" });
});

test("there are golden cars enough to tell one model from another", () => {
  expect(GOLDEN.cars.length).toBeGreaterThanOrEqual(20);
});
