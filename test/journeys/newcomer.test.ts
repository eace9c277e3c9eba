import { eventually } from "../eventually.ts";
import { openWorld, type World } from "../world.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld({ env: { DEMO: "on" } });
  await eventually(async () => {
    expect((await world.visitor().get("/cars/filter-search?size=1")).body.total).toBeGreaterThan(2000);
  });
});
afterAll(() => world.close());

test("a newcomer searches used cars, opens one, and asks what a car is worth", async () => {
  const newcomer = world.visitor();

  const found = await newcomer.get("/cars/filter-search?brand=Audi&minYear=2016&sort=price_asc&facets=model,fuelType");
  expect(found.status).toBe(200);
  expect(found.body.items.length).toBeGreaterThan(5);
  const prices = found.body.items.map((car: { price: number }) => car.price);
  expect(prices).toEqual([...prices].sort((a, b) => a - b));
  expect(found.body.facets.model[0].count).toBeGreaterThan(0);

  const opened = await newcomer.get(`/cars/${found.body.items[0].id}`);
  expect(opened.status).toBe(200);
  expect(opened.body).toMatchObject({ brand: "Audi", currency: "GBP", demo: true });
  expect(opened.body.prediction.low).toBeLessThan(opened.body.prediction.price);
  expect(opened.body.prediction.price).toBeLessThan(opened.body.prediction.high);
  expect(["great", "good", "fair", "high", "overpriced"]).toContain(opened.body.dealRating);

  const mine = {
    brand: "Audi",
    model: "A6",
    year: 2017,
    mileage: 21000,
    fuelType: "Diesel",
    engineSize: 3,
    price: 17000,
  };
  const worth = await newcomer.post("/train/predict", mine);
  expect(worth.status).toBe(200);
  expect(worth.body).toMatchObject({ currency: "GBP", asOf: "2020-07", outOfDistribution: false });
  expect(worth.body.price).toBeGreaterThan(10_000);
  expect(worth.body.price).toBeLessThan(30_000);
  expect(worth.body.comparables.length).toBeGreaterThan(0);
  const effects = worth.body.contributions.map((part: { effect: number }) => part.effect);
  expect(effects.reduce((sum: number, effect: number) => sum + effect, 0)).toBe(worth.body.price);

  const fields = new URLSearchParams(
    Object.fromEntries(Object.entries(mine).map(([name, value]) => [name, `${value}`])),
  );
  const chart = await newcomer.get(`/train/predict/chart.svg?${fields}&lang=ko`);
  expect(chart.status).toBe(200);
  expect(chart.headers.get("content-type")).toMatch("image/svg+xml");
  expect(chart.body).toMatch(/^<svg[\s>]/);
});

test.each(["현대 그랜저", "hyundai grandeur", "그렌저", "hyndai grandeur"])("%s finds the Grandeur", async (q) => {
  const found = await world.visitor().get(`/cars/search?q=${encodeURIComponent(q)}&currency=KRW`);
  expect(found.status).toBe(200);
  expect(found.body.items.length).toBeGreaterThan(0);
  for (const car of found.body.items) expect(car).toMatchObject({ brand: "Hyundai", model: "Grandeur" });
});

test("Korean words need no currency: the answer says in which money it is", async () => {
  const found = await world.visitor().get(`/cars/search?q=${encodeURIComponent("현대 그랜저")}`);
  expect(found.body).toMatchObject({ currency: "KRW" });
  expect(found.body.total).toBeGreaterThan(0);
});

test("a misspelt brand is corrected and the answer says so", async () => {
  const found = await world.visitor().get("/cars/search?q=hyndai");
  expect(found.body.didYouMean).toMatch(/hyundai/i);
  expect(found.body.items[0].brand).toBe("Hyundai");
});

test("a Korean car is shown unrated, with the reason", async () => {
  const found = await world.visitor().get("/cars/filter-search?currency=KRW&size=1");
  const opened = await world.visitor().get(`/cars/${found.body.items[0].id}`);
  expect(opened.body).toMatchObject({ currency: "KRW", mileageUnit: "km", dealRating: null });
  expect(opened.body.warnings.length).toBeGreaterThan(0);
});

test("a buyer sees only great deals when asking for them", async () => {
  const found = await world.visitor().get("/cars/filter-search?dealRating=great&size=100");
  expect(found.body.total).toBeGreaterThan(0);
  for (const car of found.body.items) expect(car.dealRating).toBe("great");
});

test("walking by cursor meets every car once", async () => {
  const visitor = world.visitor();
  const seen = new Set<string>();
  const first = await visitor.get("/cars/filter-search?sort=year_desc&size=100");
  for (let page = first; ;) {
    for (const car of page.body.items) seen.add(car.id);
    if (page.body.nextCursor === null) break;
    page = await visitor.get(
      `/cars/filter-search?sort=year_desc&size=100&cursor=${encodeURIComponent(page.body.nextCursor)}`,
    );
    expect(page.status).toBe(200);
  }
  expect(seen.size).toBe(first.body.total);
});
