import fc from "fast-check";
import { Search } from "../../../services/search/search.contract.ts";
import { openWorld, type World } from "../../world.ts";
import { offer, sell, thousandsModel } from "./market.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld({ roles: ["listings", "search"] });
  world.broker.createService(thousandsModel({ version: "1", running: true }));
  await sell(world.broker, [
    offer({ brand: "Hyundai", model: "Tucson", year: 2016, price: 10_000, mileage: 50_000 }),
    offer({ brand: "Hyundai", model: "Tucson", year: 2018, price: 14_000, mileage: 20_000 }),
    offer({ brand: "Hyundai", model: "Kona", year: 2019, price: 16_000, fuelType: "Electric", engineSize: 0 }),
    offer({ brand: "Hyundai", model: "Grandeur", title: "Hyundai Grandeur 2.4", price: 12_000 }),
    offer({ brand: "현대", model: "그랜저", title: "현대 그랜저 무사고", price: 13_000 }),
    offer({ brand: "Ford", model: "Focus", year: 2017, price: 9_000, transmission: "Automatic" }),
    offer({ brand: "Ford", model: "Kuga", year: 2015, price: 8_000, mileage: 100_000, mileageUnit: "km" }),
    offer({ brand: "Kia", model: "K5", currency: "KRW", price: 21_000_000, mileageUnit: "km" }),
    offer({ brand: "Genesis", model: "G80", currency: "KRW", price: 41_000_000, mileageUnit: "km" }),
    offer({ brand: "Genesis", model: "G80", currency: "KRW", price: 42_000_000, mileageUnit: "km" }),
    offer({ brand: "Genesis", model: "GV80", currency: "KRW", price: 43_000_000, mileageUnit: "km" }),
  ]);
});
afterAll(() => world.close());

const filter = (params: Parameters<typeof Search.filterCars>[1]) => Search.filterCars(world.broker, params);
const titles = async (q: string) => (await Search.searchCars(world.broker, { q })).items.map(({ title }) => title);

describe("filtering cars", () => {
  test("values of one field mean OR, fields mean AND, ranges are inclusive", async () => {
    const page = await filter({ brand: ["Hyundai", "Ford"], minYear: 2016, maxYear: 2018, maxPrice: 14_000 });
    expect(page.items.map(({ price }) => price)).toEqual([9_000, 10_000, 12_000, 13_000, 14_000]);
    expect(page.total).toBe(5);
  });

  test("a brand is named in either language and in any case", async () => {
    const korean = await filter({ brand: ["현대"], model: ["grandeur"] });
    const english = await filter({ brand: ["hyundai"], model: ["그랜져"] });
    expect(korean.total).toBe(2);
    expect(english.items).toEqual(korean.items);
  });

  test("cars are compared within one currency, by default the model's", async () => {
    expect((await filter({})).total).toBe(7);
    expect((await filter({ currency: "KRW", brand: ["Kia"] })).items).toMatchObject([
      { brand: "Kia", price: 21_000_000 },
    ]);
  });

  test("mileage bounds are in the unit asked for, and hits show it", async () => {
    const page = await filter({ brand: ["Ford"], minMileage: 99_000, mileageUnit: "km" });
    expect(page.items).toMatchObject([{ model: "Kuga", mileage: 100_000, mileageUnit: "km" }]);
    const inMiles = await filter({ brand: ["Ford"], minMileage: 62_137, mileageUnit: "mi", maxMileage: 62_138 });
    expect(inMiles.items).toMatchObject([{ model: "Kuga", mileage: 62_137, mileageUnit: "mi" }]);
  });

  test("facets count what each value would give, whatever is chosen in the same field", async () => {
    const { facets, total } = await filter({ brand: ["Ford"], minPrice: 9_000, facets: "brand,transmission" });
    expect(total).toBe(1);
    expect(facets!.brand).toEqual([
      { value: "Hyundai", count: 5 },
      { value: "Ford", count: 1 },
    ]);
    expect(facets!.transmission).toEqual([{ value: "Automatic", count: 1 }]);
  });

  test("each car shows its deal rating, which filters as well", async () => {
    const good = await filter({ dealRating: ["good"] });
    expect(good.items.map(({ price, dealRating }) => [price, dealRating])).toEqual([[10_000, "good"]]);
  });

  test("a walk by cursor sees every car once", async () => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await filter({ size: 2, sort: "mileage_desc", ...(cursor && { cursor }) });
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor);
    expect(seen).toEqual((await filter({ sort: "mileage_desc" })).items.map(({ id }) => id));
  });

  test.each([
    ["a cursor of another query", { sort: "price_desc" }, "CURSOR_MISMATCH"],
    ["a cursor that is none", { cursor: "nonsense" }, "CURSOR_MISMATCH"],
    ["a page beyond 10,000 cars", { page: 501, size: 20 }, "DEEP_PAGING"],
    ["an unknown sort", { sort: "colour" }, "INVALID_INPUT"],
    ["an unknown facet", { facets: "brand,colour" }, "INVALID_INPUT"],
  ])("refuses %s", async (_, params, type) => {
    const { nextCursor } = await filter({ size: 1 });
    await expect(
      filter({ cursor: nextCursor, size: 1, ...params, ...(type === "DEEP_PAGING" && { cursor: undefined }) } as never),
    ).rejects.toMatchObject({ type });
  });

  test("what matches nothing gives an empty page", async () => {
    const page = await filter({ brand: ["Nobody"], facets: "model" });
    expect(page).toEqual({
      items: [],
      total: 0,
      currency: "GBP",
      page: 1,
      size: 20,
      nextCursor: null,
      facets: { model: [] },
    });
  });
});

describe("searching by words", () => {
  test("Korean and English words find the same cars, whatever language the title is in", async () => {
    const korean = await titles("현대 그랜저");
    expect(korean.sort()).toEqual(["Hyundai Grandeur 2.4", "현대 그랜저 무사고"]);
    expect((await titles("hyundai grandeur")).sort()).toEqual(korean);
    expect((await titles("grandeur 무사고")).sort()).toEqual(["현대 그랜저 무사고"]);
  });

  test.each([
    ["hyndai grandeur", "hyundai grandeur"],
    ["현대 그렌저", "현대 그랜저"],
    ["tucsn", "tucson"],
  ])("%s is searched as %s", async (typed, meant) => {
    const page = await Search.searchCars(world.broker, { q: typed });
    expect(page.didYouMean).toBe(meant);
    expect(page.total).toBeGreaterThan(0);
  });

  test("what was right is not corrected, and what means nothing finds nothing", async () => {
    expect(await Search.searchCars(world.broker, { q: "kona" })).not.toHaveProperty("didYouMean");
    expect(await Search.searchCars(world.broker, { q: "!!!" })).toMatchObject({ total: 0, items: [] });
    expect(await Search.searchCars(world.broker, { q: "xylophone" })).toMatchObject({ total: 0, items: [] });
  });

  test("the match is marked in the title, names in the other language too", async () => {
    const { items } = await Search.searchCars(world.broker, { q: "그랜저" });
    expect(items.map(({ highlight }) => highlight).sort()).toEqual([
      "Hyundai <em>Grandeur</em> 2.4",
      "현대 <em>그랜저</em> 무사고",
    ]);
  });

  test("suggestions complete in the language that is typed and forgive slips", async () => {
    const suggest = async (q: string) =>
      (await Search.suggest(world.broker, { q })).suggestions.map(({ text }) => text);
    expect(await suggest("hyun")).toContain("Hyundai Tucson");
    expect(await suggest("그래")).toContain("현대 그랜저");
    expect(await suggest("tucso")).toEqual(["Hyundai Tucson"]);
    expect(await suggest("tuscon")).toEqual(["Hyundai Tucson"]);
  });
});

describe("words without a currency", () => {
  const find = (params: Parameters<typeof Search.searchCars>[1]) => Search.searchCars(world.broker, params);

  test("are looked for in the market's money when the model's has nothing, and the page says so", async () => {
    expect(await find({ q: "기아 K5" })).toMatchObject({ total: 1, currency: "KRW", items: [{ price: 21_000_000 }] });
    expect(await find({ q: "그랜저" })).toMatchObject({ total: 2, currency: "GBP" });
    expect(await find({ q: "genisis" })).toMatchObject({ total: 3, currency: "KRW", didYouMean: "genesis" });
    expect(await find({ q: "xylophone" })).toMatchObject({ total: 0, currency: "GBP" });
    expect(await find({ q: "genesis", currency: "GBP" })).toMatchObject({ total: 0, currency: "GBP" });
    const faceted = await filter({ q: "genesis", facets: "model", minYear: 2018 });
    expect(faceted).toMatchObject({ total: 3, currency: "KRW", facets: { model: [{ value: "G80", count: 2 }, {}] } });
  });

  test("bounds on prices are in the model's money and are not read as another", async () =>
    expect(await filter({ q: "genesis", minPrice: 5000 })).toMatchObject({ total: 0, currency: "GBP" }));

  test("go on in the same money, by page and by cursor", async () => {
    const all = (await find({ q: "genesis" })).items.map(({ id }) => id);
    const byPage: string[] = [];
    for (const page of [1, 2, 3])
      byPage.push(...(await find({ q: "genesis", size: 1, page })).items.map(({ id }) => id));
    const byCursor: string[] = [];
    let cursor: string | null | undefined;
    while (cursor !== null) {
      const page = await find({ q: "genesis", size: 1, ...(cursor && { cursor }) });
      expect(page).toMatchObject({ total: 3, currency: "KRW" });
      byCursor.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    }
    expect([byPage, byCursor]).toEqual([all, all]);
    const { nextCursor } = await find({ q: "genesis", size: 1 });
    await expect(find({ q: "hyundai", cursor: nextCursor! })).rejects.toMatchObject({ type: "CURSOR_MISMATCH" });
  });

  test("are completed in the market's money when the model's has nothing", async () => {
    const suggest = async (params: Parameters<typeof Search.suggest>[1]) =>
      (await Search.suggest(world.broker, params)).suggestions.map(({ text }) => text);
    expect(await suggest({ q: "제네" })).toContain("제네시스");
    expect(await suggest({ q: "제네", currency: "GBP" })).toEqual([]);
  });
});

test("any words, brand and cursor get an answer or a refusal that says why", async () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: "grapheme" }),
    fc.constantFrom("'", '"*', "AND", "\0"),
  );
  const ask = async (q: string, brand: string, cursor: string) => {
    const params = { q, brand: [brand], ...(cursor && { cursor }) };
    const failure = await filter(params).catch((error: { type: string }) => error.type);
    if (typeof failure === "string") expect(["INVALID_INPUT", "CURSOR_MISMATCH"]).toContain(failure);
    const { suggestions } = await Search.suggest(world.broker, { q: `x${q}`.slice(0, 200) });
    expect(Array.isArray(suggestions)).toBe(true);
  };
  await fc.assert(fc.asyncProperty(text, text, fc.oneof(fc.constant(""), text), ask), { numRuns: 200 });
});
