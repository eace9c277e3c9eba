import { Listings } from "../../../services/listings/listings.contract.ts";
import { loadDemoCars } from "../../../services/listings/demo-loading.ts";
import { eventually } from "../../eventually.ts";
import { member, openStand, tucson, type Stand } from "./stand.ts";

let stand: Stand;
afterEach(() => stand.close());
const running = new AbortController().signal;
const count = async ({ broker }: Stand) => {
  const totals = ["GBP", "KRW"].map(async (currency) => (await Listings.browse(broker, { currency, limit: 1 })).total);
  return (await Promise.all(totals)).reduce((sum, total) => sum + total, 0);
};

test("an empty market is filled once, by two processes that start together", async () => {
  stand = await openStand({ demo: true });
  const twin = await stand.twin(true);
  await eventually(async () => {
    expect(await stand.store.imports.state("demo")).toBe("finished");
    expect(await count(stand)).toBe(3000);
  });
  await twin.close();
  await loadDemoCars(stand.store, running);
  expect(await count(stand)).toBe(3000);
  const { cars } = await Listings.browse(stand.broker, { currency: "GBP" });
  expect(cars.every(({ demo, sellerId }) => demo && sellerId === null)).toBe(true);
});

test("what was left half done is finished, and what was removed stays away", async () => {
  stand = await openStand();
  const leaving = new AbortController();
  const begun = loadDemoCars(stand.store, leaving.signal);
  await eventually(async () => expect(await count(stand)).toBeGreaterThan(0));
  leaving.abort();
  await begun;
  expect(await stand.store.imports.state("demo")).toBe("begun");
  const { cars } = await Listings.browse(stand.broker, { currency: "GBP", limit: 1 });
  await Listings.removeCar(stand.broker, { id: cars[0]!.id }, member(["moderator"]));
  await Listings.publishCar(stand.broker, tucson, member());
  await loadDemoCars(stand.store, running);
  expect(await stand.store.imports.state("demo")).toBe("finished");
  expect(await count(stand)).toBe(3000);
});

test("a market that has cars of its own gets none", async () => {
  stand = await openStand();
  await Listings.publishCar(stand.broker, tucson, member());
  await loadDemoCars(stand.store, running);
  expect(await count(stand)).toBe(1);
});

test("without DEMO an empty market stays empty", async () => {
  stand = await openStand();
  expect(await count(stand)).toBe(0);
  expect(await stand.store.imports.state("demo")).toBeUndefined();
});
