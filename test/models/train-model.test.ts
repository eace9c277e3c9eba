import { createHash } from "node:crypto";
import { artifactFiles } from "../../models/training/artifacts.ts";
import { carFold, readListings, type CarListing } from "../../models/training/car-listings.ts";
import { askModel } from "../../models/training/ask-model.ts";
import { rangeFigures } from "../../models/training/figures.ts";
import { pipelineSettings, trainPriceModel } from "../../models/training/price-pipeline.ts";
import { writeCard } from "../../models/training/write-card.ts";
import { inventedListings } from "./invented-listings.ts";

const settings = pipelineSettings(true);
const train = (listings: readonly CarListing[]) => trainPriceModel(listings, settings, () => {});

function digests(listings: readonly CarListing[]): Record<string, string> {
  const model = train(listings);
  const card = writeCard(model, listings, { file: "invented.csv", sha256: "0" }, settings, undefined);
  const files = Object.entries(artifactFiles(model, card));
  return Object.fromEntries(files.map(([name, text]) => [name, createHash("sha256").update(text).digest("hex")]));
}

test("training twice gives the same bytes", () => {
  const first = digests(inventedListings(800));
  expect(Object.keys(first).sort()).toEqual(["card.json", "encoder.json", "golden.json", "model.onnx", "trees.bin"]);
  expect(digests(inventedListings(800))).toEqual(first);
  expect(digests(inventedListings(800, 2))["model.onnx"]).not.toBe(first["model.onnx"]);
});

test("prices of cars it has not seen are near, and their ranges hold most of them", () => {
  const model = train(inventedListings(3000));
  const { mapePercent, coveragePercent, crossings } = rangeFigures(askModel(model, inventedListings(1000, 5)));
  expect(mapePercent).toBeLessThan(6);
  expect(coveragePercent).toBeGreaterThan(70);
  expect(coveragePercent).toBeLessThan(90);
  expect(crossings).toBe(0);
});

const file = process.env["CARS_CSV"];
const onRealCars = file ? test : test.skip;
onRealCars(`on real cars a quick model is good already${file ? "" : " (skipped: set CARS_CSV to the data)"}`, () => {
  const { listings } = readListings(file!);
  const isTested = (car: CarListing) => carFold(car, 5) === 0;
  const model = train(listings.filter((car) => !isTested(car)));
  const tested = rangeFigures(askModel(model, listings.filter(isTested)));
  expect(tested.mapePercent).toBeLessThan(7);
  expect(tested.maeGbp).toBeLessThan(1_200);
  expect(tested.r2).toBeGreaterThan(0.955);
  expect(Math.abs(tested.coveragePercent - 80)).toBeLessThan(3);
  expect(tested.crossings).toBe(0);
});
