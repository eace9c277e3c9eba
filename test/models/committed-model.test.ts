import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import type { Golden } from "../../models/training/golden-cars.ts";
import { carEncoder, encodeCar, FEATURES } from "../../services/prediction/domain/car-features.ts";
import { MODEL_ALIASES, modelKey } from "../../services/prediction/domain/car-names.ts";
import type { ModelCard } from "../../services/prediction/domain/model-card.ts";
import { decodeTrees } from "../../services/prediction/domain/tree-bytes.ts";
import { scoreRow } from "../../services/prediction/domain/tree-ensemble.ts";

const root = path.join(process.cwd(), "models/car-price");
const ANY_CAR = { year: 2017, mileageMiles: 21_000, fuelType: "Petrol" };
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
      expect(new Set(models.map(({ name }) => modelKey(name))).size).toBe(models.length);
  });

  test.each([
    ["현대", "투싼", "Hyundai Tucson"],
    ["현대자동차", "코나", "Hyundai Kona"],
    ["현대", "아이오닉", "Hyundai Ioniq"],
    ["Hyundai", "투싼".normalize("NFD"), "Hyundai Tucson"],
    ["현대", "i30", "Hyundai I30"],
    ["현대", "아이써티", "Hyundai I30"],
    ["폭스바겐", "골프", "Volkswagen Golf"],
    ["폭스바겐", "파사트", "Volkswagen Passat"],
    ["폭스바겐", "폴로", "Volkswagen Polo"],
    ["폭스바겐", "티구안", "Volkswagen Tiguan"],
    ["폭스바겐", "티구안 올스페이스", "Volkswagen Tiguan Allspace"],
    ["폭스바겐", "티-록", "Volkswagen T-Roc"],
    ["포드", "포커스", "Ford Focus"],
    ["포드", "피에스타", "Ford Fiesta"],
    ["도요타", "야리스", "Toyota Yaris"],
    ["토요타", "코롤라", "Toyota Corolla"],
    ["토요타", "프리우스", "Toyota Prius"],
    ["토요타", "라브4", "Toyota RAV4"],
    ["토요타", "랜드 크루저", "Toyota Land Cruiser"],
    ["스코다", "옥타비아", "Skoda Octavia"],
    ["복스홀", "아스트라", "Vauxhall Astra"],
    ["Vauxhall", "코르사", "Vauxhall Corsa"],
    ["비엠더블유", "3시리즈", "BMW 3 Series"],
    ["BMW", "5 시리즈", "BMW 5 Series"],
    ["벤츠", "C클래스", "Mercedes-Benz C Class"],
    ["벤츠", "C-클래스", "Mercedes-Benz C Class"],
    ["메르세데스", "이클래스", "Mercedes-Benz E Class"],
    ["벤츠", "GLC", "Mercedes-Benz GLC Class"],
    ["아우디", "A6", "Audi A6"],
  ])("knows a %s %s as a %s", (brand, model, expected) => {
    const { known } = encodeCar(encoder, { ...ANY_CAR, brand, model });
    expect(`${known.brand} ${known.model}`).toBe(expected);
  });

  test("has a model for every other name of one", () => {
    const keys = new Set(encoder.table.brands.flatMap(({ models }) => models.map(({ name }) => modelKey(name))));
    expect(Object.values(MODEL_ALIASES).filter((key) => !keys.has(key))).toEqual([]);
  });

  test("is small enough to be kept with the code", () => {
    const files = readdirSync(path.join(root, version)).map((name) => statSync(path.join(root, version, name)).size);
    expect(files.reduce((sum, size) => sum + size, 0)).toBeLessThan(MOST_BYTES);
  });
});
