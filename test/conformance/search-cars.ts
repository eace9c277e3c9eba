import fc from "fast-check";
import type { CarDocument } from "../../services/search/search-engine.ts";

/** A document as engines keep it; what a test does not care about is filled in. */
export const document = (fields: Partial<CarDocument> & { id: string }): CarDocument => ({
  currency: "GBP",
  brand: "Hyundai",
  model: "Tucson",
  fuelType: "Petrol",
  transmission: "Manual",
  dealRating: null,
  ratedBy: null,
  year: 2018,
  mileageKm: 30_000,
  price: 14_000,
  engineSize: 1.6,
  createdAt: Date.UTC(2025, 0, 1),
  title: "2018 Hyundai Tucson",
  description: "",
  shown: { id: fields.id },
  ...fields,
});

const MODELS: Record<string, string[]> = {
  Hyundai: ["Tucson", "Kona"],
  현대: ["그랜저"],
  Ford: ["Focus", "Kuga", "Ka+"],
};
const brandAndModel = fc
  .constantFrom(...Object.keys(MODELS))
  .chain((brand) => fc.tuple(fc.constant(brand), fc.constantFrom(...MODELS[brand]!)));
export const WORDS = ["현대", "그랜저", "무사고", "tucson", "hybrid", "1.6", "차", "gv80", "사고"];
const text = fc.array(fc.constantFrom(...WORDS, "완전무사고 차량", "아반떼N", "E-Class"), { maxLength: 4 });

/** Documents with few distinct values, so that ties are the rule. */
export const anyCar: fc.Arbitrary<Omit<CarDocument, "id" | "shown">> = fc
  .record({
    named: brandAndModel,
    currency: fc.constantFrom("GBP", "GBP", "GBP", "KRW"),
    fuelType: fc.constantFrom("Petrol", "Diesel", "Electric"),
    transmission: fc.constantFrom("Manual", "Automatic"),
    dealRating: fc.constantFrom(null, "great", "fair"),
    ratedBy: fc.constantFrom(null, "m@1", "m@2"),
    year: fc.integer({ min: 2012, max: 2020 }),
    mileageKm: fc.constantFrom(0, 16_093.44, 30_000, 30_001),
    price: fc.integer({ min: 1, max: 30 }).map((thousands) => thousands * 1000),
    engineSize: fc.constantFrom(0, 1, 1.6, 2),
    createdAt: fc.integer({ min: 0, max: 5 }).map((day) => Date.UTC(2025, 0, 1 + day)),
    title: text.map((words) => words.join(" ")),
    description: text.map((words) => words.join(", ")),
  })
  .map(({ named: [brand, model], ...car }) => ({ ...car, brand, model }));
