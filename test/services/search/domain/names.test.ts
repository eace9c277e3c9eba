import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { generateDemoCars } from "../../../../services/listings/demo-cars.ts";
import { canonicalName } from "../../../../services/search/domain/canonical-name.ts";
import { Catalogue } from "../../../../services/search/domain/catalogue.ts";
import { namesIn, otherNames } from "../../../../services/search/domain/glossary.ts";
import { highlighted } from "../../../../services/search/domain/highlight.ts";

const MODELS = path.resolve(import.meta.dirname, "../../../../models/car-price");
const models = [
  { key: ["Hyundai", "Tucson"], count: 30, averagePrice: 1 },
  { key: ["현대", "그랜저"], count: 20, averagePrice: 1 },
  { key: ["Mercedes-Benz", "E Class"], count: 10, averagePrice: 1 },
  { key: ["Hyundai", "Grandeur"], count: 5, averagePrice: 1 },
];
const catalogue = new Catalogue(models);
const texts = (typed: string) => catalogue.complete(typed, 8).map(({ text }) => text);

describe("names in two languages", () => {
  test.each([
    ["벤츠", "Mercedes-Benz"],
    ["MERCEDES BENZ", "벤츠"],
    ["소나타", "쏘나타"],
    ["sonata", "소나타"],
    ["기아", "Kia"],
  ])("%s is also %s", (name, other) => expect(otherNames(name)).toContain(other));

  test("a name that is in no glossary is itself alone", () =>
    expect(otherNames("Zafira Tourer")).toEqual(["Zafira Tourer"]));

  test("names of several words are found in a text", () => {
    expect(namesIn(["2015", "벤츠", "e", "클래스"])).toEqual(expect.arrayContaining(["Mercedes-Benz", "E Class"]));
    expect(namesIn(["santa", "fe"])).toContain("싼타페");
  });

  test.each([
    ["현대", "Hyundai"],
    ["HYUNDAI", "Hyundai"],
    [" 그랜져 ", "Grandeur"],
    ["투싼", "Tucson"],
    ["아이오닉 5", "Ioniq 5"],
    ["mercedes benz", "Mercedes-Benz"],
    ["bmw", "BMW"],
    ["glc class", "GLC Class"],
    ["t cross", "T-Cross"],
    ["I3", "i3"],
    ["i30", "I30"],
    ["ka+", "Ka+"],
    ["zafira  TOURER", "Zafira Tourer"],
    ["가나다", "가나다"],
  ])("%s is counted as %s", (name, canonical) => expect(canonicalName(name)).toBe(canonical));

  test("the names of the model's data and of the demo market are canonical as they are", () => {
    const demo = generateDemoCars(3000).flatMap(({ brand, model }) => [brand, model]);
    const { brands } = JSON.parse(readFileSync(path.join(MODELS, readdirSync(MODELS)[0]!, "encoder.json"), "utf8")) as {
      brands: { name: string; models: { name: string }[] }[];
    };
    const names = brands.flatMap(({ name, models: known }) => [name, ...known.map((model) => model.name)]);
    for (const name of [...names, ...demo]) expect(canonicalName(name)).toBe(name);
  });

  test("a canonical name is its own, however its letters are", () =>
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (name) => {
        const canonical = canonicalName(name);
        expect(canonicalName(canonical)).toBe(canonical);
        expect(canonicalName(` ${canonical.toLowerCase()} `)).toBe(canonical);
      }),
      { numRuns: 2000 },
    ));
});

describe("completing", () => {
  test("begins with brands, most cars first", () => {
    expect(texts("hy")).toEqual(["Hyundai", "Hyundai Tucson", "Hyundai Grandeur"]);
    expect(catalogue.complete("Hyundai", 1)).toEqual([{ text: "Hyundai", count: 55 }]);
  });

  test.each([
    ["그래", "현대 그랜저"],
    ["현대 그", "현대 그랜저"],
    ["벤", "벤츠"],
    ["e-c", "Mercedes-Benz E Class"],
    ["tusc", "Hyundai Tucson"],
  ])("%s can become %s", (typed, text) => expect(texts(typed)).toContain(text));

  test("what begins nothing completes to nothing", () => expect(texts("zzzzz")).toEqual([]));
});

describe("highlighting", () => {
  test.each([
    ["2018 Hyundai Tucson", "tucson", "2018 Hyundai <em>Tucson</em>"],
    ["Hyundai Grandeur", "그랜저", "Hyundai <em>Grandeur</em>"],
    ["현대그랜저 <무사고>", "그랜저", "현대<em>그랜저</em> &lt;무사고&gt;"],
    ["차량 & more", "차", "<em>차량</em> &amp; more"],
    ["Kia", "tucson", undefined],
  ])("%s for %s is %s", (title, query, html) => expect(highlighted(title, query)).toBe(html));
});
