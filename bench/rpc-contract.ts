import { z } from "zod";
import { contract } from "../mixins/contract.ts";

/** What is asked and answered in every contestant: about the size of a prediction. */
export const Worth = contract("worth", {
  ask: {
    summary: "A price without any work behind it",
    params: z.strictObject({
      brand: z.string().max(40),
      model: z.string().max(60),
      year: z.int().min(1950).max(2100),
      mileage: z.int().min(0),
      fuelType: z.enum(["Petrol", "Diesel", "Hybrid", "Electric"]),
      engineSize: z.number().min(0).max(10),
    }),
    result: z.strictObject({ price: z.int(), low: z.int(), high: z.int(), currency: z.string() }),
  },
});

export const priceOf = ({ year, mileage }: { year: number; mileage: number }) => {
  const price = 1000 * (year - 2000) - Math.round(mileage / 100);
  return { price, low: price - 900, high: price + 900, currency: "GBP" };
};

/** The subjects of those who speak NATS themselves. */
export const SUBJECTS = {
  raw: "bench.raw",
  question: "bench.worth-request",
  answer: "bench.worth-response",
  nest: "bench.nest",
} as const;
