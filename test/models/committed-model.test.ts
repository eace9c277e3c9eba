import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import type { Golden } from "../../models/training/golden-cars.ts";
import { carEncoder, encodeCar, FEATURES } from "../../services/prediction/domain/car-features.ts";
import { nameKey } from "../../services/prediction/domain/car-names.ts";
import type { ModelCard } from "../../services/prediction/domain/model-card.ts";
import { decodeTrees } from "../../services/prediction/domain/tree-bytes.ts";
import { scoreRow } from "../../services/prediction/domain/tree-ensemble.ts";

const root = path.join(process.cwd(), "models/car-price");
const MOST_BYTES = 5_000_000;

describe.each(readdirSync(root))("car-price %s", (version) => {
  const read = (name: string) => readFileSync(path.join(root, version, name));
  const json = (name: string) => JSON.parse(read(name).toString());
  const card: ModelCard = json("card.json");
  const golden: Golden = json("golden.json");
  const encoder = carEncoder(json("encoder.json"));
  const rows = golden.cars.map(({ car }) => encodeCar(encoder, car).features);

  test("says what it is", () => {
    expect(card).toMatchObject({
      name: "car-price",
      version,
      currency: "GBP",
      asOf: "2020-07",
      features: [...FEATURES],
    });
  });

  test("answers its golden cars in the runtime", async () => {
    const session = await InferenceSession.create(read("model.onnx"));
    const values = Float32Array.from(rows.flatMap((row) => [...row]));
    const output = await session.run({ features: new Tensor("float32", values, [rows.length, FEATURES.length]) });
    await session.release();
    golden.cars.forEach(({ mu, sigma, quantilesGbp }, at) => {
      const got = [output["mu"]!.data[at], output["sigma"]!.data[at], output["quantiles"]!.data[at * 3 + 1]].map(
        Number,
      );
      [mu, sigma, quantilesGbp[1]].forEach((wanted, i) =>
        expect(Math.abs(got[i]! / wanted - 1)).toBeLessThan(golden.tolerance),
      );
    });
  });

  test("explains the very prices it answers", () => {
    const trees = decodeTrees(read("trees.bin"));
    golden.cars.forEach(({ mu }, at) => expect(scoreRow(trees, rows[at]!)).toBe(mu));
  });

  test("tells its models apart by name", () => {
    for (const { models } of encoder.table.brands)
      expect(new Set(models.map(({ name }) => nameKey(name))).size).toBe(models.length);
  });

  test("is small enough to be kept with the code", () => {
    const files = readdirSync(path.join(root, version)).map((name) => statSync(path.join(root, version, name)).size);
    expect(files.reduce((sum, size) => sum + size, 0)).toBeLessThan(MOST_BYTES);
  });
});
