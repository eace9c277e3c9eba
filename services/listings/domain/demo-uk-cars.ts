import { FuelType, Transmission } from "../../prediction/prediction.contract.ts";
import type { PricedOffer } from "./car.ts";
import type { Chance } from "./chance.ts";
import { UK_MODELS } from "./demo-uk-models.ts";

/** The year that the figures are of. */
const THIS_YEAR = 2020;
/** How far sellers' ideas of a price are apart (log). */
const SELLERS_SPREAD = 0.06;

interface UkVariant {
  fuelType: FuelType;
  transmission: Transmission;
  engineSize: number;
  weight: number;
  logPriceNew: number;
  mpg: number;
  taxBefore2017: number;
  /** Weight of each age in years. */
  ages: number[];
}

interface UkModel {
  brand: string;
  model: string;
  weight: number;
  perYear: number;
  perYearSquared: number;
  per10kMiles: number;
  miles: { atStart: number; growth: number; spread: number };
  variants: UkVariant[];
}

/** Draws British cars of 2020. */
export function ukMarket(luck: Chance): () => PricedOffer {
  const models = ukModels();
  return () => {
    const model = luck.pick(models, ({ weight }) => weight);
    return ukCar(
      luck,
      model,
      luck.pick(model.variants, ({ weight }) => weight),
    );
  };
}

function ukModels(): UkModel[] {
  const models: UkModel[] = [];
  for (const line of UK_MODELS.trim().split("\n")) {
    const cells = line.split("|").map((cell) => cell.trim());
    if (line.startsWith(" ")) models.at(-1)!.variants.push(ukVariant(cells));
    else models.push(ukModel(cells));
  }
  return models;
}

function ukModel([brand, model, ...figures]: string[]): UkModel {
  const [weight, perYear, perYearSquared, per10kMiles, atStart, growth, spread] = figures.map(Number) as Seven;
  const miles = { atStart, growth, spread };
  // The root of the weight lets rare models show up too.
  return {
    ...{ brand: brand!, model: model!, weight: Math.sqrt(weight), variants: [] },
    ...{ perYear, perYearSquared, per10kMiles, miles },
  };
}
type Seven = [number, number, number, number, number, number, number];

function ukVariant([fuel, gearbox, litres, weight, logPriceNew, mpg, tax, ages]: string[]): UkVariant {
  return {
    fuelType: FuelType.parse(fuel),
    transmission: Transmission.parse(gearbox),
    engineSize: Number(litres),
    weight: Number(weight),
    logPriceNew: Number(logPriceNew),
    mpg: Number(mpg),
    taxBefore2017: Number(tax),
    ages: ages!.split(" ").map(Number),
  };
}

const UK_REGIONS = ["London", "Manchester", "Birmingham", "Leeds", "Glasgow", "Bristol", "Cardiff", "Edinburgh"];

function ukCar(luck: Chance, model: UkModel, variant: UkVariant): PricedOffer {
  const age = luck.pick([...variant.ages.keys()], (years) => variant.ages[years]!);
  const year = THIS_YEAR - age;
  const mileage = Math.round(Math.min(150_000, milesAt(age, model.miles, luck.normal())));
  const logPrice =
    variant.logPriceNew +
    model.perYear * age +
    model.perYearSquared * age ** 2 +
    (model.per10kMiles * mileage) / 10_000 +
    SELLERS_SPREAD * luck.normal();
  const { fuelType, transmission, engineSize, mpg, taxBefore2017 } = variant;
  const name = `${model.brand} ${model.model} ${engineSize.toFixed(1)} ${fuelType}`;
  return {
    ...{ brand: model.brand, model: model.model, year, mileage, mileageUnit: "mi", fuelType, transmission, engineSize },
    ...{ price: asAsked(Math.exp(logPrice), luck), currency: "GBP", mpg },
    tax: year >= 2017 ? 145 : taxBefore2017,
    title: `${year} ${name} (demo)`,
    description: `Demo car: generated, no such car exists. ${name}, ${transmission}, ${mileage} miles.`,
    region: luck.pick(UK_REGIONS),
  };
}

/** Miles by age in years; a car of this year has done what a few months bring. */
const milesAt = (age: number, { atStart, growth, spread }: UkModel["miles"], normal: number) =>
  Math.exp(atStart + growth * Math.log(age + 0.5) + spread * normal);

/** Prices end as sellers like them: 9,995 rather than 9,973. */
const asAsked = (price: number, luck: Chance) => {
  const [step, off] = luck.pick([
    [100, 5],
    [100, 1],
    [50, 0],
    [500, 10],
  ] as const);
  return Math.max(step, Math.round(price / step) * step) - off;
};
