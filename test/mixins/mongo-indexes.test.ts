import mongoose, { type Connection } from "mongoose";
import { DuplicateKey, StoreFault, type CollectionDefinition } from "../../mixins/collection/collection.ts";
import { mongoStore } from "../../mixins/collection/mongo-store.ts";
import { eventually } from "../eventually.ts";
import { startMongoDouble, type MongoDouble } from "../doubles/mongo-wire.ts";

interface Car {
  plate?: string;
  seats?: number;
}

const declared: CollectionDefinition<Car> = {
  service: "garage",
  noun: "car",
  fields: { plate: "text", seats: "integer" },
  unique: [["plate"]],
  indexes: [["seats"]],
};
const older: CollectionDefinition<Car> = { ...declared, unique: [["plate"], ["seats"]], indexes: [["seats", "plate"]] };

let double: MongoDouble;
let keeper: Connection;
const lines: string[] = [];

/** Opens the collection as a process of its own does. */
async function opened(definition: CollectionDefinition<Car>) {
  const store = mongoStore({ url: double.url });
  store.reportTo({ warn: (line: string) => void lines.push(line) });
  processes.push(store);
  return store.open<Car>(definition);
}
const processes: { close(): Promise<void> }[] = [];
const indexes = () => keeper.db!.collection("garage_car").indexes();

beforeEach(async () => {
  double = await startMongoDouble();
  keeper = await mongoose.createConnection(double.url).asPromise();
  lines.length = 0;
});

afterEach(async () => {
  for (const store of processes.splice(0)) await store.close();
  await keeper.close();
  await double.close();
});

test("the start makes every declared index, and a second process finds them as they are", async () => {
  await Promise.all([opened(declared), opened(declared)]);
  const present = await indexes();
  expect(present.map(({ name }) => name).toSorted()).toEqual(
    ["_id_", "changes", "facts", "index:seats", "tombstones", "unique:plate"].toSorted(),
  );
  expect(present.find(({ name }) => name === "unique:plate")).toMatchObject({
    key: { plate: 1 },
    unique: true,
    partialFilterExpression: { plate: { $gte: "" } },
  });
  expect(lines).toEqual([]);
});

test("while an older version runs its unique key goes on to hold, and a warning says how to drop it later", async () => {
  const old = await opened(older);
  await old.insert({ plate: "1", seats: 4 });
  const young = await opened(declared);
  await expect(old.insert({ plate: "2", seats: 4 })).rejects.toBeInstanceOf(DuplicateKey);
  await expect(young.insert({ plate: "3", seats: 4 })).rejects.toMatchObject({ key: ["seats"] });
  expect(lines).toHaveLength(2);
  expect(lines.join("\n")).toContain(
    'still refuses equal values. When no process needs it: db.garage_car.dropIndex("unique:seats")',
  );
  expect(lines.join("\n")).toContain(
    'costs every write. When no process needs it: db.garage_car.dropIndex("index:seats,plate")',
  );
});

test("an index of the same name with another definition ends the start", async () => {
  await keeper.db!.collection("garage_car").createIndex({ plate: 1 }, { name: "unique:plate" });
  const refused = opened(declared);
  await expect(refused).rejects.toBeInstanceOf(StoreFault);
  await expect(refused).rejects.toThrow(/An index of garage_car differs from its declaration.*unique:plate/);
});

test("documents that share a key which becomes unique end the start, and stay", async () => {
  const before = await opened({ ...declared, unique: [] });
  await before.insertMany([{ plate: "1" }, { plate: "1" }]);
  const refused = opened(declared);
  await expect(refused).rejects.toBeInstanceOf(StoreFault);
  await expect(refused).rejects.toThrow(/garage_car already holds two documents with one unique key/);
  expect(await before.count()).toBe(2);
});

test("a server that comes back empty gets its indexes again", async () => {
  const collection = await opened(declared);
  await keeper.dropDatabase();
  expect((await indexes()).map(({ name }) => name)).toEqual(["_id_"]);
  await double.stop();
  await eventually(() => expect(lines.join()).toContain("does not answer"));
  await double.start();
  await eventually(async () => expect(await indexes()).toHaveLength(6));
  await collection.insert({ plate: "1" });
  await expect(collection.insert({ plate: "1" })).rejects.toBeInstanceOf(DuplicateKey);
});
