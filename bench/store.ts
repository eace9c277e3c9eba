import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Collection } from "../mixins/collection/collection.ts";
import { sqliteStore } from "../mixins/collection/sqlite-store.ts";

/**
 * Compares our SQLite collection with moleculer-db's own file store (NeDB) in alternating rounds of one run. It counts
 * operations per second of processor time, because neither store waits for the disk and other work on the machine
 * must not decide. Read the ratios; the absolutes belong to this machine.
 */
// NeDB's adapter wraps promises once more, and Node would say so thousands of times.
process.noDeprecation = true;

const ROUNDS = 5;
const DOCUMENTS = 5000;
const PAGE = 20;
const BRANDS = ["Hyundai", "Kia", "BMW", "Audi", "Volvo"];
const DESCRIPTION = "무사고 완전 무사고 1인 신조 차량입니다. One owner, no accidents, all services on time. ".repeat(3);

interface Car {
  brand: string;
  price: number;
  mileage: number;
  description: string;
}

/** One store under test; each method is one measured task. */
interface Contestant {
  insertOne(car: Car, id: string): Promise<unknown>;
  insertMany(cars: (Car & { id: string })[]): Promise<unknown>;
  get(id: string): Promise<unknown>;
  firstPage(brand: string): Promise<unknown>;
  /** Every page of a brand in order of price, from the first to the last; answers how many. */
  walk(brand: string): Promise<number>;
  update(id: string, price: number): Promise<unknown>;
  count(brand: string): Promise<unknown>;
  close(): Promise<void>;
}

async function sqlite(directory: string): Promise<Contestant> {
  const store = sqliteStore({ directory });
  const cars: Collection<Car> = await store.open<Car>({
    service: "bench",
    noun: "car",
    fields: { brand: "text", price: "integer", mileage: "integer" },
    indexes: [["brand", "price"]],
  });
  const page = (brand: string, cursor?: string) =>
    cars.find({ filter: { brand, mileage: { gte: 0 } }, sort: ["price"], limit: PAGE, cursor });
  return {
    insertOne: (car, id) => cars.insert({ ...car, id }),
    insertMany: (documents) => cars.insertMany(documents),
    get: (id) => cars.get(id),
    firstPage: (brand) => page(brand),
    async walk(brand) {
      let pages = 0;
      for (let cursor: string | null | undefined; cursor !== null; pages++) {
        ({ nextCursor: cursor } = await page(brand, cursor));
      }
      return pages;
    },
    async update(id, price) {
      const { rev } = (await cars.get(id))!;
      await cars.change(id, rev, { price });
    },
    count: (brand) => cars.count({ brand }),
    close: () => store.close(),
  };
}

interface NeDb {
  connect(): Promise<void>;
  insert(entity: object): Promise<unknown>;
  insertMany(entities: object[]): Promise<unknown>;
  findById(id: string): Promise<unknown>;
  find(search: object): Promise<unknown[]>;
  count(search: object): Promise<number>;
  updateMany(query: object, update: object): Promise<number>;
  db: { ensureIndex(index: object): Promise<void> };
}

async function nedb(directory: string): Promise<Contestant> {
  const { MemoryAdapter } = createRequire(import.meta.url)("moleculer-db") as {
    MemoryAdapter: new (options: object) => NeDb;
  };
  const cars = new MemoryAdapter({ filename: path.join(directory, "cars.db") });
  await cars.connect();
  for (const fieldName of ["brand", "price"]) await cars.db.ensureIndex({ fieldName });
  const page = (brand: string, offset: number) =>
    cars.find({ query: { brand, mileage: { $gte: 0 } }, sort: ["price", "_id"], limit: PAGE, offset });
  const stored = (car: Car, _id: string) => ({ ...car, _id, rev: 1, createdAt: new Date().toISOString() });
  return {
    insertOne: (car, id) => cars.insert(stored(car, id)),
    insertMany: (documents) => cars.insertMany(documents.map(({ id, ...car }) => stored(car, id))),
    get: (id) => cars.findById(id),
    firstPage: (brand) => page(brand, 0),
    async walk(brand) {
      let pages = 0;
      while ((await page(brand, pages * PAGE)).length === PAGE) pages++;
      return pages;
    },
    async update(id, price) {
      const { rev } = (await cars.findById(id)) as { rev: number };
      await cars.updateMany({ _id: id, rev }, { $set: { price }, $inc: { rev: 1 } });
    },
    count: (brand) => cars.count({ query: { brand } }),
    async close() {},
  };
}

const brandOf = (n: number) => BRANDS[n % BRANDS.length]!;
const carOf = (n: number): Car => ({
  brand: brandOf(n),
  price: (n * 7919) % 10_000,
  mileage: n * 13,
  description: DESCRIPTION,
});

/** The tasks in order; each answers how many operations it did. Later ones find what the first two stored. */
const TASKS: [string, (store: Contestant) => Promise<number>][] = [
  [
    "insert one by one",
    async (store) => {
      for (let n = 0; n < DOCUMENTS; n++) await store.insertOne(carOf(n), `a${n}`);
      return DOCUMENTS;
    },
  ],
  [
    "insert in batches of 500",
    async (store) => {
      for (let start = 0; start < DOCUMENTS; start += 500) {
        await store.insertMany(Array.from({ length: 500 }, (_, n) => ({ ...carOf(start + n), id: `b${start + n}` })));
      }
      return DOCUMENTS;
    },
  ],
  ["get by id", (store) => times(2000, (n) => store.get(`a${(n * 37) % DOCUMENTS}`))],
  ["filtered, sorted first page", (store) => times(40, (n) => store.firstPage(brandOf(n)))],
  ["filtered, sorted page, mean of a whole walk", (store) => store.walk("Kia")],
  ["count by a filter", (store) => times(40, (n) => store.count(brandOf(n)))],
  ["update (read, compare-and-set)", (store) => times(500, (n) => store.update(`a${n}`, n))],
];

async function times(count: number, run: (n: number) => Promise<unknown>): Promise<number> {
  for (let n = 0; n < count; n++) await run(n);
  return count;
}

/** Operations per processor second of every task, on a fresh directory. */
async function round(open: (directory: string) => Promise<Contestant>): Promise<number[]> {
  const directory = await mkdtemp(path.join(tmpdir(), "bench-store-"));
  const store = await open(directory);
  const rates: number[] = [];
  for (const [, task] of TASKS) {
    const before = process.cpuUsage();
    const operations = await task(store);
    const { user, system } = process.cpuUsage(before);
    rates.push((operations / (user + system)) * 1e6);
  }
  await store.close();
  await rm(directory, { recursive: true });
  return rates;
}

const results: { sqlite: number[]; nedb: number[] }[] = [];
for (let n = 0; n < ROUNDS; n++) results.push({ sqlite: await round(sqlite), nedb: await round(nedb) });

const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
const rounded = (rate: number) => Math.round(rate).toLocaleString("en");
const rows = TASKS.map(([name], task) => {
  const ratios = results.map((result) => result.sqlite[task]! / result.nedb[task]!);
  const rates = [results.map(({ sqlite }) => sqlite[task]!), results.map(({ nedb }) => nedb[task]!)];
  const spread = `${Math.min(...ratios).toFixed(1)}–${Math.max(...ratios).toFixed(1)}`;
  return `| ${name} | ${rates.map((rate) => rounded(median(rate))).join(" | ")} | ${median(ratios).toFixed(1)} (${spread}) |`;
});
console.log(
  `${2 * DOCUMENTS} documents of about 400 bytes, median of ${ROUNDS} rounds, operations per processor second:\n`,
);
console.log("| task | our collection (SQLite) | moleculer-db's NeDB file | ratio (range) |\n|---|---:|---:|---:|");
console.log(rows.join("\n"));
