/** The car that the benches ask about. */
export const CAR = {
  brand: "Audi",
  model: "A6",
  year: 2017,
  mileage: 21_000,
  fuelType: "Diesel",
  engineSize: 3,
} as const;
