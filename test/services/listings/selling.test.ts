import { uuidv7 } from "uuidv7";
import { Listings } from "../../../services/listings/listings.contract.ts";
import { Prediction } from "../../../services/prediction/prediction.contract.ts";
import { again, member, openStand, priceModel, refusal, silent, tucson, type Stand } from "./stand.ts";

let stand: Stand;
beforeEach(async () => void (stand = await openStand({ services: [priceModel()] })));
afterEach(() => stand.close());
const { publishCar, car, editCar, removeCar, changes, carsById } = Listings;

test("a published car is shown with its valuation and rating", async () => {
  const seller = member();
  const published = await publishCar(stand.broker, tucson, seller);
  expect(published).toMatchObject({
    ...tucson,
    ...{ kind: "car", version: 1, sellerId: seller.meta.accountId, status: "onSale", demo: false },
    ...{ currency: "GBP", mileageUnit: "mi", title: "2018 Hyundai Tucson", dealRating: "fair", warnings: [] },
    prediction: { price: 15_000 },
  });
  expect(await car(stand.broker, { id: published.id })).toEqual(published);
});

test("nobody publishes without signing in", async () => {
  expect(await refusal(publishCar(stand.broker, tucson))).toBe("UNAUTHENTICATED");
});

test("the same request published again is the same car; another one of the same words is another car", async () => {
  const seller = member();
  const first = await publishCar(stand.broker, tucson, again(seller, "r1"));
  const repeats = Array.from({ length: 5 }, () => publishCar(stand.broker, tucson, again(seller, "r1")));
  expect((await Promise.all(repeats)).map(({ id }) => id)).toEqual(Array(5).fill(first.id));
  expect((await publishCar(stand.broker, tucson, again(seller, "r2"))).id).not.toBe(first.id);
  const simultaneous = Array.from({ length: 5 }, () => publishCar(stand.broker, tucson, again(seller, "r3")));
  expect(new Set((await Promise.all(simultaneous)).map(({ id }) => id)).size).toBe(1);
});

test("a car and the fact of it are stored in one write, an edit likewise", async () => {
  const seller = member();
  const { id } = await publishCar(stand.broker, tucson, seller);
  await editCar(stand.broker, { id, price: 1000 }, seller);
  const [listings] = stand.store.factSources();
  await removeCar(stand.broker, { id }, seller);
  const facts = (await listings!.unsentFacts(10)).map(({ fact }) => [fact.name, fact.payload, fact.key]);
  const { accountId: sellerId } = seller.meta;
  expect(facts).toEqual([
    ["listings.changed", { listingId: id, version: 1 }, undefined],
    ["listings.published", { listingId: id, sellerId }, sellerId],
    ["listings.changed", { listingId: id, version: 2 }, undefined],
    ["listings.changed", { listingId: id, version: 3 }, undefined],
    ["listings.removed", { listingId: id, sellerId }, sellerId],
  ]);
});

describe.each([
  ["nobody", undefined, "UNAUTHENTICATED"],
  ["another member", member(), "FORBIDDEN"],
  ["an advertiser", member(["advertiser"]), "FORBIDDEN"],
  ["its owner", "owner", "done"],
  ["a moderator", member(["moderator"]), "done"],
  ["an admin", member(["admin"]), "done"],
] as const)("a car of a member and %s", (_, who, outcome) => {
  test(`edit: ${outcome}, removal: ${outcome}`, async () => {
    const seller = member();
    const caller = who === "owner" ? seller : who;
    const { id } = await publishCar(stand.broker, tucson, seller);
    expect(await refusal(editCar(stand.broker, { id, price: 13_900 }, caller))).toBe(outcome);
    expect((await car(stand.broker, { id })).price).toBe(outcome === "done" ? 13_900 : 14_500);
    expect(await refusal(removeCar(stand.broker, { id }, caller))).toBe(outcome);
    expect(await refusal(car(stand.broker, { id }))).toBe(outcome === "done" ? "CAR_NOT_FOUND" : "done");
  });
});

test("a car of the market itself is edited by moderators only", async () => {
  await Listings.importCars(stand.broker, { importId: "x", cars: [{ ...tucson, currency: "GBP" }] });
  const [imported] = (await Listings.browse(stand.broker, { currency: "GBP" })).cars;
  expect(imported!.sellerId).toBeNull();
  expect(await refusal(editCar(stand.broker, { id: imported!.id, price: 1 }, member()))).toBe("FORBIDDEN");
  expect(await refusal(editCar(stand.broker, { id: imported!.id, price: 1 }, member(["moderator"])))).toBe("done");
});

test("a removed car is gone for every reader and cannot be edited or removed again", async () => {
  const seller = member();
  const { id } = await publishCar(stand.broker, tucson, seller);
  expect(await removeCar(stand.broker, { id }, seller)).toBeNull();
  for (const call of [car(stand.broker, { id }), editCar(stand.broker, { id, price: 1 }, seller)]) {
    expect(await refusal(call)).toBe("CAR_NOT_FOUND");
  }
  expect(await refusal(removeCar(stand.broker, { id }, seller))).toBe("CAR_NOT_FOUND");
  expect(await carsById(stand.broker, { ids: [id] })).toEqual({ cars: [] });
  expect((await Listings.browse(stand.broker, { currency: "GBP" })).total).toBe(0);
  const told = await changes(stand.broker, { limit: 10 });
  expect(told.changes).toEqual([{ id, rev: 2, changedAt: expect.any(String), removed: true }]);
});

test("a car that never was is not found", async () => {
  const id = uuidv7();
  expect(await refusal(car(stand.broker, { id }))).toBe("CAR_NOT_FOUND");
  expect(await refusal(editCar(stand.broker, { id, price: 1 }, member()))).toBe("CAR_NOT_FOUND");
});

describe("an edit based on a version", () => {
  test.each([
    ["1", "done"],
    ['"1-abc"', "done"],
    ["2", "VERSION_CONFLICT"],
    ["*nonsense*", "VERSION_CONFLICT"],
  ])("that is named %s: %s", async (ifMatch, outcome) => {
    const seller = member();
    const { id } = await publishCar(stand.broker, tucson, seller);
    expect(await refusal(editCar(stand.broker, { id, ifMatch, price: 1 }, seller))).toBe(outcome);
    expect(await refusal(removeCar(stand.broker, { id, ifMatch: "1" }, seller))).toBe(
      outcome === "done" ? "VERSION_CONFLICT" : "done",
    );
  });

  test("has one winner among twenty at once, in two processes", async () => {
    const seller = member();
    const twin = await stand.twin();
    const { id } = await publishCar(stand.broker, tucson, seller);
    const edits = Array.from({ length: 20 }, (_, at) =>
      refusal(editCar([stand, twin][at % 2]!.broker, { id, ifMatch: "1", price: 1000 + at }, seller)),
    );
    const outcomes = await Promise.all(edits);
    expect(outcomes.filter((outcome) => outcome === "done")).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === "VERSION_CONFLICT")).toHaveLength(19);
    expect(await car(stand.broker, { id })).toMatchObject({ version: 2, price: 1000 + outcomes.indexOf("done") });
    await twin.close();
  });
});

test("edits of different fields at once, without a version, are all kept", async () => {
  const seller = member();
  const { id } = await publishCar(stand.broker, tucson, seller);
  const patches = [{ price: 1 }, { mileage: 2 }, { year: 2019 }, { region: "Leeds" }, { description: "New tyres" }];
  await Promise.all(patches.map((patch) => editCar(stand.broker, { id, ...patch }, seller)));
  expect(await car(stand.broker, { id })).toMatchObject({ ...Object.assign({}, ...patches), version: 6 });
});

test("an edit that names nothing is refused", async () => {
  const seller = member();
  const { id } = await publishCar(stand.broker, tucson, seller);
  expect(await refusal(editCar(stand.broker, { id }, seller))).toBe("INVALID_INPUT");
});

test("a reader may have the mileage in kilometres, and is told that a price is not converted", async () => {
  const { id } = await publishCar(stand.broker, tucson, member());
  const shown = await car(stand.broker, { id, mileageUnit: "km", currency: "KRW" });
  expect(shown).toMatchObject({ mileage: 51_499, mileageUnit: "km", price: 14_500, currency: "GBP" });
  expect(shown.warnings.map(({ code }) => code)).toEqual(["CURRENCY_NOT_CONVERTED"]);
});

test("a car in another currency than the model's has a valuation, no rating and a warning", async () => {
  const offer = { ...tucson, price: 21_000_000, currency: "KRW" };
  const published = await publishCar(stand.broker, offer, member());
  expect(published).toMatchObject({ mileageUnit: "km", prediction: { price: 15_000 }, dealRating: null });
  expect(published.warnings).toHaveLength(1);
});

test("a price without a currency is in the serving model's", async () => {
  const korea = await openStand({ services: [priceModel({ currency: "KRW" })] });
  expect(await publishCar(korea.broker, tucson, member())).toMatchObject({ currency: "KRW", mileageUnit: "km" });
  await korea.close();
});

test.each([
  ["there is no prediction", []],
  ["prediction never answers", [silent(Prediction)]],
])("while %s a car is published, shown and edited without a valuation", async (_, services) => {
  const alone = await openStand({ services });
  const seller = member();
  const unpriced = { prediction: null, dealRating: null, warnings: [{ code: "PREDICTION_UNAVAILABLE" }] };
  const published = await publishCar(alone.broker, tucson, seller);
  expect(published).toMatchObject({ ...unpriced, currency: "GBP" });
  expect(await car(alone.broker, { id: published.id })).toMatchObject(unpriced);
  expect(await editCar(alone.broker, { id: published.id, price: 9 }, seller)).toMatchObject({ ...unpriced, price: 9 });
  await alone.close();
});
