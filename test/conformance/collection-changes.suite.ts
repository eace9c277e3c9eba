import type { Change, ChangePosition, Collection } from "../../mixins/collection/collection.ts";
import type { Bench, Thing } from "./collection.suite.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

export function collectionChanges({ things, reopened, freshNoun }: Bench): void {
  test("changes come in order, each document once with its last state, removed ones as tombstones", async () => {
    const collection = await things();
    const [first, second, third] = [
      await collection.insert({ stock: 1 }),
      await collection.insert({ stock: 2 }),
      await collection.insert({ stock: 3 }),
    ];
    await collection.change(first.id, 1, { stock: 10 });
    await collection.remove(second.id);
    await collection.increment(third.id, { stock: 1 });
    const changes = await sweep(collection, 2);
    const byId = new Map(changes.map((change) => [change.id, change]));
    expect(changes).toHaveLength(3);
    expect(byId.get(first.id)).toMatchObject({ removed: false, rev: 2, document: { stock: 10, id: first.id } });
    expect(byId.get(second.id)).toEqual({ id: second.id, rev: 2, changedAt: expect.any(String), removed: true });
    expect(byId.get(third.id)).toMatchObject({ removed: false, rev: 1, document: { stock: 4 } });
    const positions = changes.map(({ changedAt, id }) => `${changedAt} ${id}`);
    expect(positions).toEqual(positions.toSorted());
  });

  test("a sweep sees all documents of one moment, however small its pages", async () => {
    const noun = freshNoun();
    const collection = await reopened(noun, { now: () => 1_000_000 });
    await collection.insertMany(Array.from({ length: 25 }, (_, stock) => ({ stock })));
    const changes = await sweep(collection, 4);
    expect(new Set(changes.map(({ id }) => id)).size).toBe(25);
    expect(changes).toHaveLength(25);
    expect(changes[0]).toMatchObject({ changedAt: "1970-01-01T00:16:40.000Z" });
  });

  test("a removed document is gone for every reader", async () => {
    const collection = await things();
    const { id } = await collection.insert({ title: "gone", open: true, details: { secret: 1 } });
    expect(await collection.remove(id)).toBe(true);
    expect(await collection.get(id)).toBeUndefined();
    expect((await collection.find({ limit: 10 })).items).toEqual([]);
    expect((await collection.find({ filter: { title: null }, sort: ["title"], limit: 10 })).items).toEqual([]);
    expect(await collection.count()).toBe(0);
    expect(await collection.changeWhere({}, { open: false })).toBe(0);
    expect(JSON.stringify(await collection.changes({ limit: 10 }))).not.toContain("secret");
  });

  test("removing what is missing, gone or of another revision answers false", async () => {
    const collection = await things();
    const { id } = await collection.insert({ stock: 1 });
    expect(await collection.remove("nowhere")).toBe(false);
    expect(await collection.remove(id, 2)).toBe(false);
    expect(await collection.get(id)).toMatchObject({ rev: 1 });
    expect(await collection.remove(id, 1)).toBe(true);
    expect(await collection.remove(id)).toBe(false);
    expect(await collection.remove(id, 2)).toBe(false);
  });

  test("of many simultaneous removals exactly one succeeds", async () => {
    const collection = await things();
    const { id } = await collection.insert({ stock: 1 });
    const answers = await Promise.all(Array.from({ length: 20 }, () => collection.remove(id)));
    expect(answers.filter(Boolean)).toHaveLength(1);
  });

  test("a removed id can be used again, at a higher revision and without the old fields", async () => {
    const collection = await things();
    await collection.insert({ id: "a", title: "old", details: 1 });
    await collection.remove("a");
    const again = await collection.insert({ id: "a", stock: 1 });
    expect(again).toEqual({ id: "a", stock: 1, rev: 3, createdAt: expect.any(String), changedAt: expect.any(String) });
    expect(await collection.get("a")).toEqual(again);
    await collection.remove("a");
    expect(await collection.insertMany([{ id: "a", stock: 2 }])).toEqual({ inserted: 1, duplicates: 0 });
    expect(await collection.get("a")).toMatchObject({ stock: 2, rev: 5 });
    expect(await collection.changes({ limit: 10 })).toMatchObject([{ id: "a", removed: false, rev: 5 }]);
  });

  test("of many simultaneous inserts of a removed id exactly one is stored", async () => {
    const collection = await things();
    await collection.insert({ id: "a" });
    await collection.remove("a");
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, stock) => collection.insert({ id: "a", stock })),
    );
    const stored = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    expect(stored).toEqual([await collection.get("a")]);
  });

  test("a counter whose document was removed starts again, but what counted before stays counted", async () => {
    const collection = await things();
    await collection.increment("counter", { views: 5 }, "fact-1");
    await collection.remove("counter");
    expect(await collection.increment("counter", { views: 1 }, "fact-1")).toEqual({ views: 0 });
    expect(await collection.increment("counter", { views: 1 }, "fact-2")).toEqual({ views: 1 });
    expect(await collection.increment("counter", { views: 1 }, "fact-1")).toEqual({ views: 1 });
    expect(await collection.get("counter")).toMatchObject({ views: 1 });
  });

  test("a document's last change never goes back in time, even when the clock does", async () => {
    const noun = freshNoun();
    let now = 2_000_000;
    const collection = await reopened(noun, { now: () => now });
    const stored = await collection.insert({ id: "a", stock: 1 });
    now = 1_000_000;
    const moments = [stored.changedAt];
    moments.push((await collection.change("a", 1, { stock: 2 }))!.changedAt);
    await collection.increment("a", { stock: 1 });
    moments.push((await collection.get("a"))!.changedAt);
    await collection.remove("a");
    moments.push((await collection.changes({ limit: 1 }))[0]!.changedAt);
    moments.push((await collection.insert({ id: "a" })).changedAt);
    expect(new Set(moments)).toEqual(new Set(["1970-01-01T00:33:20.000Z"]));
  });

  test("tombstones go after thirty days, unless they carry facts that the bus does not have", async () => {
    const noun = freshNoun();
    const collection = await reopened(noun, { now: () => 0 });
    for (const id of ["plain", "with fact", "alive"]) await collection.insert({ id });
    await collection.remove("plain");
    await collection.remove("with fact", 1, [{ id: "f", name: "thing.removed", payload: {} }]);
    const idsAfter = async (days: number) => {
      const later = await reopened(noun, { now: () => days * DAY_MS });
      return (await later.changes({ limit: 10 })).map(({ id }) => id).toSorted();
    };
    expect(await idsAfter(29)).toEqual(["alive", "plain", "with fact"]);
    expect(await idsAfter(31)).toEqual(["alive", "with fact"]);
    await collection.forgetFacts("with fact", ["f"]);
    expect(await idsAfter(31)).toEqual(["alive"]);
    expect(await collection.insert({ id: "plain" })).toMatchObject({ rev: 1 });
  });

  test("what was stored is there for whoever opens the collection next", async () => {
    const noun = freshNoun();
    const before = await reopened(noun);
    const stored = await before.insert({ title: "kept", slot: "a", details: { deep: [1] } });
    await before.close();
    const after = await reopened(noun);
    expect(await after.get(stored.id)).toEqual(stored);
    await expect(after.insert({ slot: "a" })).rejects.toMatchObject({ key: ["slot"] });
  });

  test("a definition may grow: old documents are found by newly declared fields", async () => {
    const noun = freshNoun();
    const before = await reopened(noun, {
      definition: { fields: { title: "text" }, unique: [["title"]], indexes: [] },
    });
    const stored = await before.insert({ title: "a", stock: 3, open: true, price: null, slot: "s" });
    const after = await reopened(noun, { definition: { unique: [["slot"]] } });
    expect(await after.count({ stock: { gt: 2 }, open: true, price: null })).toBe(1);
    await expect(after.insert({ slot: "s" })).rejects.toMatchObject({ key: ["slot"] });
    expect(await after.get(stored.id)).toEqual(stored);
  });
}

async function sweep(collection: Collection<Thing>, limit: number): Promise<Change<Thing>[]> {
  const changes: Change<Thing>[] = [];
  for (let after: ChangePosition | undefined; ; after = changes.at(-1)) {
    const page = await collection.changes({ after, limit });
    changes.push(...page);
    if (page.length < limit) return changes;
  }
}
