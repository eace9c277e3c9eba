import mongoose from "mongoose";
import {
  StoreFault,
  type Collection,
  type CollectionDefinition,
  type Store,
} from "../../mixins/collection/collection.ts";
import { mongoStore } from "../../mixins/collection/mongo-store.ts";
import { startMongoDouble, type MongoDouble } from "../doubles/mongo-wire.ts";
import { eventually } from "../eventually.ts";

interface Car {
  plate: string;
  seats?: number;
}

const cars: CollectionDefinition<Car> = {
  service: "garage",
  noun: "car",
  fields: { plate: "text", seats: "integer" },
  unique: [["plate"]],
};

let double: MongoDouble;
const stores: Store[] = [];
const lines: string[] = [];

const QUICK = "?serverSelectionTimeoutMS=200&heartbeatFrequencyMS=500";

/** A store on the double whose lines are kept. */
function storeOn(url: string, options = QUICK): Store {
  const store = mongoStore({ url: url + options });
  store.reportTo({ warn: (line: string) => void lines.push(line) });
  stores.push(store);
  return store;
}

/** Repeats a read that may meet the outage before the driver knows of it. */
const refusalOf = (cars: Collection<Car>) => eventually(() => cars.get("a").then(() => Promise.reject(), told));
const told = ({ type, code, message }: { type: string; code: number; message: string }) => ({ type, code, message });

beforeEach(async () => {
  double = await startMongoDouble();
  lines.length = 0;
});

afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
  await double.close().catch(() => undefined);
});

test("the start waits for a server that is not there yet, says where, and goes on when it is", async () => {
  await double.stop();
  const opening = storeOn(double.url).open<Car>(cars);
  await eventually(() =>
    expect(lines).toEqual([expect.stringContaining(`Waiting for MongoDB at ${double.address}: `)]),
  );
  await double.start();
  const collection = await opening;
  await collection.insert({ id: "a", plate: "12가3456" });
  expect(await collection.get("a")).toMatchObject({ plate: "12가3456" });
});

test("a start that is called off waits no longer", async () => {
  await double.stop();
  const store = storeOn(double.url);
  const opening = expect(store.ready()).rejects.toBeInstanceOf(StoreFault);
  await eventually(() => expect(lines).toHaveLength(1));
  await store.close();
  await opening;
});

test("a wrong password ends the start with one line, and no line tells a password", async () => {
  await double.stop();
  const url = double.url.replace("//", "//keeper:pass%40word@");
  const refused = storeOn(url)
    .ready()
    .then(
      () => undefined,
      (error: unknown) => error,
    );
  await eventually(() => expect(lines).not.toEqual([]));
  await double.start();
  const fault = (await refused) as Error;
  expect(fault).toBeInstanceOf(StoreFault);
  expect(fault.message).toBe(`MongoDB at ${double.address} refuses us: Authentication failed.`);
  expect(lines.join()).not.toMatch(/keeper|pass/);
  expect(fault.stack).not.toContain("\n");
});

test.each([
  ["mongodb://127.0.0.1:1/garage?colour=red", "colour"],
  ["mongodb://keeper:pass@word@127.0.0.1:1/garage", "percent-encoded"],
  ["mongodb://127.0.0.1:99999999/garage", "127.0.0.1:99999999"],
])("the address %s is refused at once", async (url, reason) => {
  const store = mongoStore({ url });
  const fault = await store.ready().then(
    () => undefined,
    (error: unknown) => error as Error,
  );
  expect(fault).toBeInstanceOf(StoreFault);
  expect(fault!.message).toContain(reason);
  expect(fault!.message).not.toMatch(/keeper|pass@|word@/);
});

test("a server that is lost is told to callers as 503 and to operators, and found again by itself", async () => {
  const store = storeOn(double.url);
  const collection = await store.open<Car>(cars);
  await collection.insert({ id: "a", plate: "1" });
  await double.stop();
  expect(await refusalOf(collection)).toMatchObject({ type: "GARAGE_UNAVAILABLE", code: 503 });
  for (const attempt of [
    collection.insert({ plate: "2" }),
    collection.insertMany([{ plate: "3" }]),
    collection.change("a", 1, { seats: 4 }),
    collection.find({ limit: 1 }),
    collection.count(),
    collection.increment("a", { seats: 1 }),
    collection.remove("a"),
    collection.changes({ limit: 1 }),
  ]) {
    await expect(attempt).rejects.toMatchObject({ type: "GARAGE_UNAVAILABLE", code: 503, retryable: true });
  }
  await expect(store.ping()).rejects.toThrow();
  await double.start();
  await eventually(async () => expect(await collection.get("a")).toMatchObject({ plate: "1", rev: 1 }));
  await expect(store.ping()).resolves.toBeUndefined();
  const away = `MongoDB at ${double.address} does not answer: reads and writes are refused until it does`;
  expect(lines).toEqual([away, expect.stringContaining(`MongoDB at ${double.address} is back after `)]);
});

test("a write whose answer is lost happens once and is no duplicate of itself", async () => {
  const collection = await storeOn(double.url, "").open<Car>(cars);
  double.loseAnswerTo("insert");
  expect(await collection.insert({ id: "a", plate: "1" })).toMatchObject({ id: "a", rev: 1 });
  double.loseAnswerTo("insert");
  expect(await collection.insertMany([{ plate: "2" }, { plate: "1" }])).toEqual({ inserted: 1, duplicates: 1 });
  double.loseAnswerTo("findAndModify");
  expect(await collection.increment("a", { seats: 2 })).toEqual({ seats: 2 });
  double.loseAnswerTo("findAndModify");
  expect(await collection.change("a", 1, { seats: 5 })).toMatchObject({ seats: 5, rev: 2 });
  double.loseAnswerTo("find");
  expect(await collection.count({ seats: 5 })).toBe(1);
  expect(await collection.get("a")).toMatchObject({ seats: 5, rev: 2 });
});

test("the address may size the pool, but neither weaken writes nor send reads elsewhere", async () => {
  const weak = "?maxPoolSize=7&w=1&journal=false&retryWrites=false&retryReads=false&readPreference=secondary";
  await storeOn(double.url, weak).ready();
  const { options } = mongoose.connections.at(-1)!.getClient();
  expect(options).toMatchObject({ maxPoolSize: 7, retryWrites: true, retryReads: true });
  expect(options.writeConcern).toMatchObject({ w: "majority", journal: true });
  expect(options.readPreference.mode).toBe("primary");
});
