import { carColumns, offerOfRow, WrongHeader } from "../../../../services/listings/domain/car-table.ts";

const HEADER = ["brand", "model", "year", "price", "transmission", "mileage", "fuelType", "tax", "mpg", "engineSize"];
const ROW = ["Vauxhall", "Insignia", "2016", "8749", "Manual", "47157", "Diesel", "20", "68.9", "1.6"];
const OFFER = {
  ...{ brand: "Vauxhall", model: "Insignia", year: 2016, price: 8749, transmission: "Manual", mileage: 47_157 },
  ...{ fuelType: "Diesel", tax: 20, mpg: 68.9, engineSize: 1.6, currency: "GBP" },
};
const changed = (column: string, value: string) => ROW.map((cell, index) => (HEADER[index] === column ? value : cell));

describe("the header of a table of cars", () => {
  test("names the columns in any order, with any capitals, spaces and signs", () => {
    const names = [
      "MPG",
      "tax(£)",
      "Fuel Type",
      "engine_size",
      "Mileage",
      "Brand",
      "MODEL",
      " year ",
      "Price",
      "transmission",
    ];
    const { at, ignored } = carColumns(names);
    expect([...at.keys()]).toEqual([
      "mpg",
      "tax",
      "fuelType",
      "engineSize",
      "mileage",
      "brand",
      "model",
      "year",
      "price",
      "transmission",
    ]);
    expect(ignored).toEqual([]);
  });

  test("may have columns that mean nothing here", () => {
    expect(carColumns([...HEADER, "colour"]).ignored).toEqual(["colour"]);
  });

  test("is refused with the names of all required columns that it lacks", () => {
    expect(() => carColumns(["brand", "model"])).toThrow(WrongHeader);
    expect(() => carColumns(["brand", "model"])).toThrow(/year, price, mileage, fuelType/);
  });

  test("is refused when a column is there twice", () => {
    expect(() => carColumns([...HEADER, "Price"])).toThrow(/price twice/);
  });
});

describe("a row", () => {
  test("is the offer of a car", () => {
    expect(offerOfRow(carColumns(HEADER), ROW, "GBP")).toEqual({ offer: OFFER });
  });

  test("keeps an engine size of 0 and of nothing as unknown", () => {
    for (const cell of ["0", "0.0", ""]) {
      expect(offerOfRow(carColumns(HEADER), changed("engineSize", cell), "GBP")).toMatchObject({
        offer: { engineSize: 0 },
      });
    }
  });

  test("may lack optional columns and values", () => {
    const columns = carColumns(["brand", "model", "year", "price", "mileage", "fuelType"]);
    expect(offerOfRow(columns, ["Kia", "Rio", "2015", "4000", "50000", "petrol"], "KRW")).toEqual({
      offer: {
        ...{ brand: "Kia", model: "Rio", year: 2015, price: 4000, mileage: 50_000, fuelType: "Petrol" },
        ...{ transmission: "Other", engineSize: 0, currency: "KRW" },
      },
    });
    const { offer } = offerOfRow(carColumns(HEADER), changed("tax", ""), "GBP") as { offer: object };
    expect(offer).not.toHaveProperty("tax");
  });

  test.each([
    ["year", "3000", /year: /],
    ["year", "twenty", /year: /],
    ["year", "2016.5", /year: /],
    ["price", "-5", /price: /],
    ["price", "8,749", /price: /],
    ["price", "", /price: missing/],
    ["mileage", "1000000000", /mileage: /],
    ["mileage", "0x10", /mileage: /],
    ["fuelType", "Coal", /fuelType: /],
    ["transmission", "None", /transmission: /],
    ["brand", "", /brand: missing/],
    ["brand", "x".repeat(51), /brand: /],
    ["model", "In\nsignia", /model: holds a control character/],
    ["model", "In\0signia", /model: holds a control character/],
    ["mpg", "NaN", /mpg: /],
    ["engineSize", "1e3", /engineSize: /],
  ])("with %s %j is rejected by the name of the column", (column, value, reason) => {
    expect(offerOfRow(carColumns(HEADER), changed(column, value), "GBP")).toEqual({
      reason: expect.stringMatching(reason),
    });
  });

  test("with several faults tells all of them", () => {
    const row = ROW.map((cell, index) => (["year", "price"].includes(HEADER[index]!) ? "-1" : cell));
    expect(offerOfRow(carColumns(HEADER), row, "GBP")).toEqual({ reason: expect.stringMatching(/year: .*; price: /) });
  });
});
