import { CarOffer } from "../../../services/listings/listings.contract.ts";
import { generateDemoCars } from "../../../services/listings/demo-cars.ts";
import { importKeyOf, offeredCar } from "../../../services/listings/domain/car.ts";

const cars = generateDemoCars();
const british = cars.filter(({ currency }) => currency === "GBP");
const korean = cars.filter(({ currency }) => currency === "KRW");
const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;
const share = <T>(all: T[], holds: (each: T) => boolean) => all.filter(holds).length / all.length;

test("the same seed gives the same cars, another seed others", () => {
  expect(generateDemoCars()).toEqual(cars);
  expect(generateDemoCars(100, 1)).not.toEqual(generateDemoCars(100, 2));
  expect(generateDemoCars(50)).toEqual(cars.slice(0, 50));
});

test("each is a sound offer, marked as a demo, and unlike the others", () => {
  const TermedOffer = CarOffer.required({ currency: true });
  for (const car of cars) {
    expect(TermedOffer.parse(car)).toEqual(car);
    expect(`${car.title} ${car.description}`).toMatch(/demo|데모/i);
  }
  const keys = cars.map((car) => importKeyOf(offeredCar(car, { currency: car.currency, sellerId: null, demo: true })));
  expect(new Set(keys).size).toBe(3000);
});

test("nine of ten are British, in miles, of up to 2020; one of ten Korean, in kilometres, of up to 2025", () => {
  expect([british.length, korean.length]).toEqual([2700, 300]);
  expect(new Set(british.map((car) => car.mileageUnit))).toEqual(new Set(["mi"]));
  expect(new Set(korean.map((car) => car.mileageUnit))).toEqual(new Set(["km"]));
  expect(Math.max(...british.map(({ year }) => year))).toBe(2020);
  expect(Math.max(...korean.map(({ year }) => year))).toBe(2025);
});

test("there is much to choose from", () => {
  const models = (all: typeof cars) => new Set(all.map(({ brand, model }) => `${brand} ${model}`)).size;
  expect(models(british)).toBeGreaterThan(60);
  expect(models(korean)).toBeGreaterThan(18);
  expect(new Set(cars.map(({ fuelType }) => fuelType)).size).toBeGreaterThanOrEqual(4);
  expect(korean.some(({ title }) => title!.includes("현대 그랜저"))).toBe(true);
});

test("prices, ages and mileages lie where those of a used-car market lie", () => {
  expect(median(british.map(({ price }) => price))).toBeGreaterThan(11_000);
  expect(median(british.map(({ price }) => price))).toBeLessThan(20_000);
  expect(median(british.map(({ year }) => year))).toBeGreaterThanOrEqual(2016);
  expect(median(british.map(({ mileage }) => mileage))).toBeGreaterThan(10_000);
  expect(median(british.map(({ mileage }) => mileage))).toBeLessThan(35_000);
  expect(share(british, ({ price }) => price >= 2000 && price <= 100_000)).toBe(1);
  expect(share(korean, ({ price }) => price >= 3_000_000 && price <= 90_000_000)).toBeGreaterThan(0.95);
});

test("a car costs less the older it is and the further it went", () => {
  for (const all of [british, korean]) {
    const newest = Math.max(...all.map(({ year }) => year));
    const byAge = [
      [0, 2],
      [3, 4],
      [5, 20],
    ].map(([from, to]) =>
      median(all.filter(({ year }) => newest - year >= from! && newest - year <= to!).map(({ price }) => price)),
    );
    expect(byAge).toEqual(byAge.toSorted((a, b) => b - a));
    const half = median(all.map(({ mileage }) => mileage));
    const [near, far] = [true, false].map((isNear) =>
      median(all.filter(({ mileage }) => mileage < half === isNear).map(({ price }) => price)),
    );
    expect(near).toBeGreaterThan(far!);
  }
});
