import DbService from "moleculer-db";
import { ServiceBroker, type ServiceSchema } from "moleculer";
import { SqliteAdapter } from "../../mixins/collection/sqlite/sqlite-adapter.ts";
import { SqliteFile } from "../../mixins/collection/sqlite/sqlite-file.ts";
import { shapeOf } from "../../mixins/collection/shape.ts";

interface Car {
  _id: string;
  brand: string;
  price?: number;
  colour?: string;
}

const shape = shapeOf<Car>({
  service: "garage",
  noun: "car",
  fields: { brand: "text", price: "integer" },
  unique: [["brand"]],
});

const broker = new ServiceBroker({ logger: false });
broker.createService({
  name: "cars",
  mixins: [DbService as Partial<ServiceSchema>],
  // Moleculer clones schemas, and no clone shares an open file.
  created(this: { adapter: SqliteAdapter }) {
    this.adapter = new SqliteAdapter(new SqliteFile(":memory:"), shape);
  },
} as unknown as ServiceSchema);
const call = (action: string, params: object) => broker.call<unknown, object>(`cars.${action}`, params);

beforeAll(() => broker.start());
afterAll(() => broker.stop());

test("moleculer-db's own actions work over the SQLite adapter", async () => {
  const kia = (await call("create", { brand: "Kia", price: 10, colour: "red" })) as Car;
  const [bmw] = (await call("insert", { entities: [{ brand: "BMW", price: 30 }, { brand: "Audi" }] })) as Car[];
  expect(await call("get", { id: kia._id })).toMatchObject({ brand: "Kia", colour: "red" });
  expect(await call("get", { id: [kia._id, bmw!._id] })).toHaveLength(2);
  expect(await call("find", { sort: "-price" })).toMatchObject([{ brand: "BMW" }, { brand: "Kia" }, { brand: "Audi" }]);
  expect(await call("find", { query: { price: { $gte: 10 } }, sort: "brand", limit: 1, offset: 1 })).toMatchObject([
    { brand: "Kia" },
  ]);
  expect(await call("list", { sort: "brand", page: 2, pageSize: 2 })).toMatchObject({
    rows: [{ brand: "Kia" }],
    total: 3,
    totalPages: 2,
  });
  expect(await call("update", { id: kia._id, price: 12 })).toMatchObject({ brand: "Kia", price: 12, colour: "red" });
  expect(await call("count", { query: { price: 12 } })).toBe(1);
  await call("remove", { id: kia._id });
  await expect(call("get", { id: kia._id })).rejects.toMatchObject({ code: 404 });
  expect(await call("count", {})).toBe(2);
});

test("what has no column is not searched for, and a taken key is refused", async () => {
  await expect(call("find", { query: { colour: "red" } })).rejects.toThrow("colour");
  await expect(call("find", { query: { price: { $where: "1" } } })).rejects.toThrow("$where");
  await expect(call("find", { search: "red" })).rejects.toThrow("text search");
  await call("create", { brand: "Volvo" });
  await expect(call("create", { brand: "Volvo" })).rejects.toMatchObject({ key: ["brand"] });
});

test("a unique key that is no longer declared holds no longer", async () => {
  const file = new SqliteFile(":memory:");
  const row = (id: string) => ({ _id: id, rev: 1, createdAt: "", changedAt: "", brand: "Kia" });
  const before = new SqliteAdapter(file, shape);
  await before.connect();
  await before.insert(row("a"));
  await expect(before.insert(row("b"))).rejects.toMatchObject({ key: ["brand"] });
  const after = new SqliteAdapter(file, { ...shape, unique: [] });
  await after.connect();
  expect(await after.insert(row("b"))).toMatchObject({ brand: "Kia" });
  file.close();
});
