import { uuidv7 } from "uuidv7";
import type { FactSource } from "../../mixins/bus/relay.ts";
import {
  DuplicateKey,
  isNew,
  type Change,
  type ChangePosition,
  type Collection,
  type Filter,
  type OpenCollection,
  type Stored,
} from "../../mixins/collection/collection.ts";
import type { Params, Result } from "../../mixins/contract.ts";
import { importKeyOf, type CarFields } from "./domain/car.ts";
import { changeFacts } from "./domain/change-facts.ts";
import { openImportLedger, type ImportLedger } from "./import-ledger.ts";
import type { Car, Listings } from "./listings.contract.ts";

/** A car as it is kept. */
interface ListingDocument extends CarFields {
  /** The request that published it: a repetition finds this car. */
  onceKey: string | null;
  /** What an imported car is known by. */
  importKey: string | null;
}
type StoredListing = Stored<ListingDocument>;
type Actions = (typeof Listings)["$actions"];
type Browsing = Params<Actions["browse"]>;
type ToldChange = Result<Actions["changes"]>["changes"][number];

/** Everything that listings ask of their store. */
export interface ListingsStore {
  /** Stores a car and the fact of it; with a `onceKey` that was used before it answers the car of that time. */
  publish(car: CarFields, onceKey?: string): Promise<Car>;
  /** Cars that were taken off the market are not found. */
  car(id: string): Promise<Car | undefined>;
  carsById(ids: readonly string[]): Promise<Car[]>;
  /** All that a member ever offered, a page of them; those taken off the market, too, for we keep them. */
  carsOf(sellerId: string, cursor?: string): Promise<{ cars: Car[]; nextCursor: string | null }>;
  /** Compare-and-set on the version that was read; undefined when it is no longer current. */
  change(read: Car, patch: Partial<CarFields>): Promise<Car | undefined>;
  /** Remembers that a member has left for good. */
  noteDeparture(sellerId: string): Promise<void>;
  hasLeft(sellerId: string): Promise<boolean>;
  countOnSale(): Promise<number>;
  browse(query: Browsing): Promise<Result<Actions["browse"]>>;
  changes(query: { after?: ChangePosition | undefined; limit: number }): Promise<ToldChange[]>;
  /** Stores the cars that are not there yet and one fact for the batch. */
  importBatch(importId: string, cars: readonly CarFields[]): Promise<{ inserted: number; duplicates: number }>;
  hasCars(): Promise<boolean>;
  imports: Pick<ImportLedger, "state" | "noteState">;
  factSources(): FactSource[];
}

/** So many cars a page of what is told of a member has: some hundred kilobytes at most. */
const TOLD_AT_ONCE = 50;

export async function openListingsStore(open: OpenCollection): Promise<ListingsStore> {
  const listings = await openListings(open);
  const imports = await openImportLedger(open);
  const departures = await open<object>({ service: "listings", noun: "departure", fields: {} });
  return {
    publish: (car, onceKey) => publishOnce(listings, car, onceKey ?? null),
    async car(id) {
      const found = await listings.get(id);
      return found && isThere(found) ? toCar(found) : undefined;
    },
    async carsById(ids) {
      if (ids.length === 0) return [];
      const { items } = await listings.find({ filter: { id: { in: [...ids] } }, limit: ids.length });
      return items.filter(isThere).map(toCar);
    },
    async carsOf(sellerId, cursor) {
      const page = await listings.find({ filter: { sellerId }, sort: ["id"], limit: TOLD_AT_ONCE, cursor });
      return { cars: page.items.map(toCar), nextCursor: page.nextCursor };
    },
    async change(read, patch) {
      const facts = changeFacts(read, { ...read, ...patch, version: read.version + 1 });
      const changed = await listings.change(read.id, read.version, patch, facts);
      return changed && toCar(changed);
    },
    noteDeparture: async (sellerId) => void (await isNew(departures.insert({ id: sellerId }))),
    hasLeft: async (sellerId) => (await departures.get(sellerId)) !== undefined,
    countOnSale: () => listings.count({ status: "onSale" }),
    browse: (query) => browse(listings, query),
    changes: async (query) => (await listings.changes(query)).map(toldChange),
    async importBatch(importId, cars) {
      const documents = cars.map((car) => ({ ...car, onceKey: null, importKey: importKeyOf(car) }));
      const counts = await listings.insertMany(documents);
      await imports.noteBatch(importId, documents.map(keyOf), counts.inserted);
      return counts;
    },
    hasCars: async () => (await listings.find({ limit: 1 })).items.length > 0,
    imports,
    factSources: () => [listings, imports.factSource],
  };
}

const openListings = (open: OpenCollection) =>
  open<ListingDocument>({
    service: "listings",
    noun: "listing",
    fields: {
      ...({ kind: "text", status: "text", sellerId: "text", onceKey: "text", importKey: "text" } as const),
      ...({ brand: "text", model: "text", fuelType: "text", transmission: "text" } as const),
      ...({ year: "integer", price: "integer", currency: "text" } as const),
    },
    unique: [["onceKey"], ["importKey"]],
    indexes: [
      ["sellerId"],
      ["status", "currency", "price"],
      ["status", "currency", "createdAt"],
      ["status", "currency", "brand", "model", "price"],
    ],
  });

const keyOf = ({ importKey }: { importKey: string }) => importKey;
const isThere = ({ status }: CarFields) => status !== "deleted";

const toCar = ({ rev, onceKey: _onceKey, importKey: _importKey, ...car }: StoredListing): Car => ({
  ...car,
  version: rev,
});

async function publishOnce(
  listings: Collection<ListingDocument>,
  car: CarFields,
  onceKey: string | null,
): Promise<Car> {
  const id = uuidv7();
  try {
    const facts = changeFacts(undefined, { ...car, id, version: 1 });
    return toCar(await listings.insert({ id, ...car, onceKey, importKey: null }, facts));
  } catch (error) {
    if (!(error instanceof DuplicateKey) || onceKey === null) throw error;
    const [first] = (await listings.find({ filter: { onceKey }, limit: 1 })).items;
    if (!first) throw error;
    return toCar(first);
  }
}

function toldChange({ id, rev, changedAt, ...change }: Change<ListingDocument>): ToldChange {
  if (change.removed || !isThere(change.document)) return { id, rev, changedAt, removed: true };
  return { id, rev, changedAt, removed: false, car: toCar(change.document) };
}

const ORDERS = { price_asc: ["price"], price_desc: ["-price"], newest: ["-createdAt"] } as const;

async function browse(listings: Collection<ListingDocument>, query: Browsing): Promise<Result<Actions["browse"]>> {
  const filter = browseFilter(query);
  const page = await listings.find({ filter, sort: ORDERS[query.sort], limit: query.limit, cursor: query.cursor });
  return { cars: page.items.map(toCar), total: await listings.count(filter), nextCursor: page.nextCursor };
}

function browseFilter(query: Browsing): Filter<ListingDocument> {
  const among = (["brand", "model", "fuelType", "transmission"] as const).flatMap((field) => {
    const values = query[field];
    return values ? [[field, { in: values }]] : [];
  });
  return {
    ...{ kind: "car", status: "onSale", currency: query.currency },
    ...Object.fromEntries(among),
    ...rangeOf("price", query.minPrice, query.maxPrice),
    ...rangeOf("year", query.minYear, query.maxYear),
  };
}

function rangeOf(field: "price" | "year", least: number | undefined, most: number | undefined) {
  if (least === undefined && most === undefined) return {};
  return { [field]: { ...(least === undefined ? {} : { gte: least }), ...(most === undefined ? {} : { lte: most }) } };
}
