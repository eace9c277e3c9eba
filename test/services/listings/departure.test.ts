import { Listings } from "../../../services/listings/listings.contract.ts";
import { takeDownAll } from "../../../services/listings/departure.ts";
import { member, openStand, priceModel, refusal, tucson, type Stand } from "./stand.ts";

let stand: Stand;
const leaver = member();
const stayer = member();
beforeEach(async () => void (stand = await openStand({ services: [priceModel()] })));
afterEach(() => stand.close());
const telling = {
  ...tucson,
  title: "Minji's Tucson",
  description: "Call me",
  region: "Jeju",
  images: ["https://x.test/1"],
};

test("who leaves takes all cars off the market, and words and pictures out of them", async () => {
  for (let count = 0; count < 60; count += 1) await Listings.publishCar(stand.broker, telling, leaver);
  const other = await Listings.publishCar(stand.broker, telling, stayer);
  const gone = await Listings.publishCar(stand.broker, telling, leaver);
  await Listings.removeCar(stand.broker, { id: gone.id }, leaver);

  await takeDownAll(stand.store, leaver.meta.accountId);

  expect(await Listings.countCars(stand.broker, {})).toEqual({ onSale: 1 });
  expect(await refusal(Listings.car(stand.broker, { id: gone.id }))).toBe("CAR_NOT_FOUND");
  const { cars } = await stand.store.carsOf(leaver.meta.accountId);
  const told = cars.map(({ title, description, region, images, status }) => ({
    title,
    description,
    region,
    images,
    status,
  }));
  const husk = { title: "2018 Hyundai Tucson", description: "", region: null, images: [], status: "deleted" };
  expect(new Set(told.map((car) => JSON.stringify(car)))).toEqual(new Set([JSON.stringify(husk)]));
  expect((await Listings.car(stand.broker, { id: other.id })).title).toBe(telling.title);
});

test("a car that comes after its seller has left does not stay", async () => {
  const late = member();
  await takeDownAll(stand.store, late.meta.accountId);
  expect(await refusal(Listings.publishCar(stand.broker, telling, late))).toBe("UNAUTHENTICATED");
  const { cars } = await stand.store.carsOf(late.meta.accountId);
  expect(cars).toMatchObject([{ status: "deleted", description: "" }]);
  expect(await refusal(Listings.publishCar(stand.broker, telling, stayer))).toBe("done");
});

test("a second time nothing changes any more", async () => {
  const { id } = await Listings.publishCar(stand.broker, telling, leaver);
  await takeDownAll(stand.store, leaver.meta.accountId);
  await takeDownAll(stand.store, leaver.meta.accountId);
  const { cars } = await stand.store.carsOf(leaver.meta.accountId);
  expect(cars).toMatchObject([{ id, version: 2 }]);
});
