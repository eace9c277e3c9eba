import { eventually } from "../eventually.ts";
import { openWorld, type World } from "../world.ts";

const car = {
  brand: "Hyundai",
  model: "Tucson",
  year: 2018,
  mileage: 32000,
  fuelType: "Petrol",
  transmission: "Manual",
  engineSize: 1.6,
  price: 14500,
};

describe("with everything running", () => {
  let world: World;
  beforeAll(async () => void (world = await openWorld()));
  afterAll(() => world.close());

  test("a member offers a car, it is found at once, edits it, and takes it down", async () => {
    const minji = await world.member("minji");
    const offered = await minji.post("/cars", { ...car, title: "현대 투싼 무사고" });
    expect(offered.status).toBe(201);
    expect(offered.headers.get("location")).toBe(`/api/cars/${offered.body.id}`);
    expect(offered.body).toMatchObject({ ...car, sellerId: minji.account!.id, version: 1, currency: "GBP" });
    expect(offered.body.prediction.price).toBeGreaterThan(5000);

    const found = await world.visitor().get(`/cars/search?q=${encodeURIComponent("투싼")}`);
    expect(found.body.items.map((hit: { id: string }) => hit.id)).toContain(offered.body.id);

    const edited = await minji.patch(`/cars/${offered.body.id}`, { price: 13900 }, { "if-match": '"1-x"' });
    expect(edited.status).toBe(200);
    expect(edited.body).toMatchObject({ price: 13900, version: 2 });
    const again = await minji.patch(`/cars/${offered.body.id}`, { price: 13000 }, { "if-match": '"1-x"' });
    expect(again.status).toBe(412);
    expect((await minji.patch(`/cars/${offered.body.id}`, { mileage: 33000 }, { "if-match": "*" })).status).toBe(200);
    expect(again.body).toMatchObject({ code: "VERSION_CONFLICT" });

    expect((await minji.delete(`/cars/${offered.body.id}`)).status).toBe(204);
    expect((await world.visitor().get(`/cars/${offered.body.id}`)).status).toBe(404);
    const gone = await world.visitor().get(`/cars/search?q=${encodeURIComponent("투싼")}`);
    expect(gone.body.items).toEqual([]);
  });

  test("nobody but the seller edits or removes a car", async () => {
    const [minji, stranger] = [await world.member("minji"), await world.member("stranger")];
    const { body: offered } = await minji.post("/cars", car);
    expect((await world.visitor().patch(`/cars/${offered.id}`, { price: 1 })).status).toBe(401);
    expect((await stranger.patch(`/cars/${offered.id}`, { price: 1 })).status).toBe(403);
    expect((await stranger.delete(`/cars/${offered.id}`)).status).toBe(403);
    expect((await world.visitor().get(`/cars/${offered.id}`)).body.price).toBe(car.price);
  });

  test("the same request under one Idempotency-Key offers one car", async () => {
    const minji = await world.member("minji");
    const key = { "idempotency-key": "the-red-tucson" };
    const offer = { ...car, model: "Kona" };
    const [first, second] = [await minji.post("/cars", offer, key), await minji.post("/cars", offer, key)];
    expect(second.body).toEqual(first.body);
    expect((await minji.post("/cars", { ...offer, price: 1 }, key)).body.code).toBe("IDEMPOTENCY_KEY_REUSED");
    expect((await world.visitor().get("/cars/filter-search?model=Kona")).body.total).toBe(1);
  });

  test("a car in another currency is stored, unrated, with a warning", async () => {
    const { body } = await (await world.member("minji")).post("/cars", { ...car, price: 21_000_000, currency: "KRW" });
    expect(body).toMatchObject({ currency: "KRW", mileageUnit: "km", dealRating: null });
    expect(body.warnings.length).toBeGreaterThan(0);
  });
});

describe.each(["prediction", "search"])("without %s", (missing) => {
  let world: World;
  beforeAll(async () => void (world = await openWorld()));
  afterAll(() => world.close());

  test("an offer is still taken, and the product says what is missing", async () => {
    const minji = await world.member("minji");
    await world.takeAway(missing);
    const offered = await minji.post("/cars", car);
    expect(offered.status).toBe(201);
    expect((await world.visitor().get(`/cars/${offered.body.id}`)).status).toBe(200);
    if (missing === "prediction") {
      expect(offered.body).toMatchObject({ prediction: null });
      expect(offered.body.warnings.length).toBeGreaterThan(0);
    }
    const ready = await eventually(async () => {
      const answer = await world.visitor().get("/health/ready");
      expect(answer.body.degraded).not.toEqual([]);
      return answer;
    });
    expect(ready.status).toBe(200);
    expect(ready.body.degraded.map((part: { name: string }) => part.name)).toContain(missing);
  });
});

test("a car offered while search was away is found when it is back", async () => {
  const world = await openWorld({ roles: ["accounts", "gateway", "listings", "prediction"] });
  const { body: offered } = await (await world.member("minji")).post("/cars", { ...car, model: "Santa Fe" });
  await world.broker.stop();
  const back = await openWorld({ env: { DATA_DIR: world.dataDir } });
  const found = await eventually(async () => {
    const answer = await back.visitor().get(`/cars/search?q=${encodeURIComponent("싼타페")}`);
    expect(answer.body.items).toHaveLength(1);
    return answer;
  });
  expect(found.body.items[0].id).toBe(offered.id);
  await back.close();
});
