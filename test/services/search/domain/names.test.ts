import { Catalogue } from "../../../../services/search/domain/catalogue.ts";
import { namesIn, otherNames } from "../../../../services/search/domain/glossary.ts";
import { highlighted } from "../../../../services/search/domain/highlight.ts";

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

  test("a name stands for all brands and models on sale that it means", () => {
    expect(catalogue.named("hyundai")).toEqual(["hyundai", "Hyundai", "현대"]);
    expect(catalogue.named("그랜져")).toEqual(["그랜져", "그랜저", "Grandeur"]);
    expect(catalogue.named("Nobody")).toEqual(["Nobody"]);
  });
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
