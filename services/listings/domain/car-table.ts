import { FuelType, Transmission } from "../../prediction/prediction.contract.ts";
import { CarOffer } from "../listings.contract.ts";
import type { PricedOffer } from "./car.ts";

/** The columns of a table of cars. Capitals, spaces and signs in a header do not count: `Fuel Type` is `fuelType`. */
const REQUIRED = ["brand", "model", "year", "price", "mileage", "fuelType"] as const;
const OPTIONAL = ["transmission", "tax", "mpg", "engineSize"] as const;
const COLUMNS = [...REQUIRED, ...OPTIONAL];
type Column = (typeof COLUMNS)[number];
const NUMBERS: ReadonlySet<Column> = new Set(["year", "price", "mileage", "tax", "mpg", "engineSize"]);

/** The header of a table does not say where the cars are. */
export class WrongHeader extends Error {}

/** Where each column stands, and the headers that mean nothing here. */
export interface CarColumns {
  at: ReadonlyMap<Column, number>;
  ignored: string[];
}

/** Finds the columns by their header; throws `WrongHeader` when a required one is missing or one is there twice. */
export function carColumns(header: readonly string[]): CarColumns {
  const at = new Map<Column, number>();
  const ignored: string[] = [];
  for (const [index, name] of header.entries()) {
    const column = COLUMNS.find((known) => plainName(known) === plainName(name));
    if (column === undefined) ignored.push(name);
    else if (at.has(column)) throw new WrongHeader(`The header names ${column} twice`);
    else at.set(column, index);
  }
  const missing = REQUIRED.filter((column) => !at.has(column));
  if (missing.length > 0) {
    throw new WrongHeader(
      `The header lacks ${missing.join(", ")}; the first line names ${header.join(", ").slice(0, 200)}`,
    );
  }
  return { at, ignored };
}

const plainName = (name: string) => name.toLowerCase().replaceAll(/[^a-z]/g, "");

const TableOffer = CarOffer.required({ currency: true });

/**
 * The car of one row. An empty or missing gearbox is `Other`, an engine size 0 (unknown); tax is in GBP a year and mpg
 * in miles per imperial gallon. Mileage is in miles with GBP and USD, else in kilometres.
 */
export function offerOfRow(
  { at }: CarColumns,
  values: readonly string[],
  currency: string,
): { offer: PricedOffer } | { reason: string } {
  const cells = new Map([...at].map(([column, index]) => [column, values[index]!.trim()]));
  const empty = REQUIRED.filter((column) => cells.get(column) === "");
  if (empty.length > 0) return { reason: `${empty.join(", ")}: missing` };
  const unprintable = [...cells].filter(([, cell]) => /\p{Cc}/u.test(cell)).map(([column]) => column);
  if (unprintable.length > 0) return { reason: `${unprintable.join(", ")}: holds a control character` };
  const given = [...cells].filter(([, cell]) => cell !== "").map(([column, cell]) => [column, valueOf(column, cell)]);
  const row = { transmission: "Other", engineSize: 0, currency, ...(Object.fromEntries(given) as object) };
  const parsed = TableOffer.safeParse(row);
  if (parsed.success) return { offer: parsed.data };
  return { reason: parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ") };
}

function valueOf(column: Column, cell: string): string | number {
  if (NUMBERS.has(column) && /^-?\d+(\.\d+)?$/.test(cell)) return Number(cell);
  const inAnyCase = (word: string) => word.toLowerCase() === cell.toLowerCase();
  if (column === "fuelType") return FuelType.options.find(inAnyCase) ?? cell;
  if (column === "transmission") return Transmission.options.find(inAnyCase) ?? cell;
  return cell;
}
