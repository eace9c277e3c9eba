import { DuplicateKey } from "../../mixins/collection/collection.ts";
import type { Bench } from "./collection.suite.ts";

const PARALLEL = 50;
const all = <R>(count: number, work: (index: number) => Promise<R>) =>
  Promise.allSettled(Array.from({ length: count }, (_, index) => work(index)));
const fulfilled = <R>(results: PromiseSettledResult<R>[]) =>
  results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));

export function collectionWrites({ things }: Bench): void {
  test("a new document starts at revision 1 and comes back as it was stored", async () => {
    const collection = await things();
    const document = {
      title: "그랜저",
      price: 12.5,
      stock: 3,
      open: true,
      details: { tags: ["a", null, { deep: [1] }] },
    };
    const stored = await collection.insert(document);
    expect(stored).toEqual({
      ...document,
      id: expect.any(String),
      rev: 1,
      createdAt: stored.changedAt,
      changedAt: stored.createdAt,
    });
    expect(stored.createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(await collection.get(stored.id)).toEqual(stored);
    expect(await collection.get("nowhere")).toBeUndefined();
  });

  test("a given id is kept, and a second document with it is refused", async () => {
    const collection = await things();
    expect(await collection.insert({ id: "mine", title: "first" })).toMatchObject({ id: "mine" });
    const refused = await collection.insert({ id: "mine", title: "second" }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(DuplicateKey);
    expect(refused).toMatchObject({ key: ["id"] });
    expect(await collection.get("mine")).toMatchObject({ title: "first" });
  });

  test("a taken unique key is refused by the names of its fields", async () => {
    const collection = await things();
    await collection.insert({ owner: "kim", code: "1", slot: "a" });
    await expect(collection.insert({ owner: "kim", code: "1" })).rejects.toMatchObject({ key: ["owner", "code"] });
    await expect(collection.insert({ slot: "a" })).rejects.toMatchObject({ key: ["slot"] });
    await collection.insert({ owner: "kim", code: "2" });
    expect(await collection.count()).toBe(2);
  });

  test("a unique key with a null or absent part binds nobody", async () => {
    const collection = await things();
    for (const part of [{}, { owner: null }, { code: null }, { owner: null, code: null }]) {
      await collection.insert({ owner: "kim", ...part });
      await collection.insert({ code: "1", ...part });
    }
    expect(await collection.count()).toBe(8);
  });

  test("a unique key is free again when it becomes null or its document goes", async () => {
    const collection = await things();
    const first = await collection.insert({ slot: "a", owner: "kim", code: "1" });
    await collection.change(first.id, 1, { slot: null });
    const second = await collection.insert({ slot: "a" });
    await collection.remove(second.id);
    await collection.remove(first.id);
    await expect(collection.insert({ slot: "a", owner: "kim", code: "1" })).resolves.toBeDefined();
  });

  test("empty texts, zero and false are keys like any other", async () => {
    const collection = await things({ unique: [["title"], ["price"], ["open"]] });
    await collection.insert({ title: "", price: 0, open: false });
    await expect(collection.insert({ title: "" })).rejects.toBeInstanceOf(DuplicateKey);
    await expect(collection.insert({ price: 0 })).rejects.toBeInstanceOf(DuplicateKey);
    await expect(collection.insert({ open: false })).rejects.toBeInstanceOf(DuplicateKey);
  });

  test("of many simultaneous inserts with one key exactly one is stored", async () => {
    const collection = await things();
    const results = await all(PARALLEL, (index) => collection.insert({ owner: "kim", code: "1", stock: index }));
    const [winner, ...others] = fulfilled(results);
    expect(others).toEqual([]);
    expect((await collection.find({ limit: 10 })).items).toEqual([winner]);
  });

  test("of many simultaneous compare-and-sets exactly one wins", async () => {
    const collection = await things();
    const { id } = await collection.insert({ title: "reserved by nobody" });
    const results = fulfilled(await all(PARALLEL, (index) => collection.change(id, 1, { stock: index })));
    const winners = results.filter((result) => result !== undefined);
    expect(results).toHaveLength(PARALLEL);
    expect(winners).toHaveLength(1);
    expect(await collection.get(id)).toEqual(winners[0]);
    expect(winners[0]).toMatchObject({ rev: 2, title: "reserved by nobody" });
  });

  test("a change of an old revision, of a missing or of a removed document changes nothing", async () => {
    const collection = await things();
    const { id } = await collection.insert({ stock: 1 });
    await collection.change(id, 1, { stock: 2 });
    expect(await collection.change(id, 1, { stock: 3 })).toBeUndefined();
    expect(await collection.change("nowhere", 1, { stock: 3 })).toBeUndefined();
    expect(await collection.get(id)).toMatchObject({ stock: 2, rev: 2 });
    await collection.remove(id);
    expect(await collection.change(id, 2, { stock: 3 })).toBeUndefined();
    expect(await collection.change(id, 3, { stock: 3 })).toBeUndefined();
  });

  test("a change to a taken key is refused and leaves the document as it was", async () => {
    const collection = await things();
    await collection.insert({ slot: "a" });
    const other = await collection.insert({ slot: "b", stock: 1 });
    const refused = await collection.change(other.id, 1, { slot: "a", stock: 2 }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(DuplicateKey);
    expect(refused).toMatchObject({ key: ["slot"] });
    expect(await collection.get(other.id)).toEqual(other);
  });

  test("a patch replaces whole fields, takes undefined ones away and cannot touch what the store owns", async () => {
    const collection = await things();
    const stored = await collection.insert({ title: "old", stock: 1, details: { a: 1, b: 2 } });
    const patch = { ...stored, id: "other", rev: 9, createdAt: "1999", changedAt: "1999", details: { c: 3 } };
    const changed = await collection.change(stored.id, 1, { ...patch, stock: undefined } as object);
    expect(changed).toMatchObject({
      id: stored.id,
      rev: 2,
      createdAt: stored.createdAt,
      title: "old",
      details: { c: 3 },
    });
    expect(changed).not.toHaveProperty("stock");
    expect(changed!.changedAt >= stored.changedAt).toBe(true);
    expect(await collection.get(stored.id)).toEqual(changed);
    expect(await collection.count({ stock: null })).toBe(1);
  });

  test("an empty patch still counts as a change", async () => {
    const collection = await things();
    const { id } = await collection.insert({ title: "as it is" });
    expect(await collection.change(id, 1, {})).toMatchObject({ rev: 2, title: "as it is" });
  });

  test("a change of all matches raises the revision of each and answers how many there were", async () => {
    const collection = await things();
    for (const stock of [1, 2, 3, 4]) await collection.insert({ stock, open: true });
    expect(await collection.changeWhere({ stock: { gte: 2 } }, { open: false })).toBe(3);
    expect(await collection.changeWhere({ open: true }, { open: true })).toBe(1);
    expect(await collection.count({ open: false, rev: 2 })).toBe(3);
    expect(await collection.changeWhere({ stock: 99 }, { open: true })).toBe(0);
  });

  test("many documents at once: what is taken is counted, the rest is stored", async () => {
    const collection = await things();
    await collection.insert({ id: "old", slot: "a" });
    const documents = [
      { slot: "a" },
      { slot: "b" },
      { slot: "b" },
      { id: "old" },
      { id: "new", slot: "c" },
      { title: "free" },
    ];
    expect(await collection.insertMany(documents)).toEqual({ inserted: 3, duplicates: 3 });
    expect(await collection.insertMany([])).toEqual({ inserted: 0, duplicates: 0 });
    expect(await collection.count()).toBe(4);
  });

  test("a large batch is stored completely, and its repetition not at all", async () => {
    const collection = await things();
    const documents = Array.from({ length: 1203 }, (_, index) => ({ id: `n${index}`, stock: index }));
    expect(await collection.insertMany(documents)).toEqual({ inserted: 1203, duplicates: 0 });
    expect(await collection.insertMany(documents)).toEqual({ inserted: 0, duplicates: 1203 });
    expect(await collection.count()).toBe(1203);
  });
}
