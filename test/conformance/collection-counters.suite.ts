import type { Bench } from "./collection.suite.ts";

const REMEMBERED = 256;

export function collectionCounters({ things }: Bench): void {
  test("a hundred simultaneous increments add up in one document", async () => {
    const collection = await things();
    await Promise.all(Array.from({ length: 100 }, () => collection.increment("counter", { views: 1, stock: 2 })));
    expect(await collection.increment("counter", { views: 0 })).toEqual({ views: 100 });
    expect(await collection.count()).toBe(1);
    expect(await collection.get("counter")).toMatchObject({ views: 100, stock: 200, rev: 1 });
    expect(await collection.count({ stock: 200 })).toBe(1);
  });

  test("an increment adds to an existing document, answers what it added to, and leaves the revision", async () => {
    const collection = await things();
    const { id } = await collection.insert({ title: "counted", price: 1.5, stock: 5 });
    expect(await collection.increment(id, { price: -0.25, stock: 2 })).toEqual({ price: 1.25, stock: 7 });
    expect(await collection.get(id)).toMatchObject({ title: "counted", price: 1.25, stock: 7, rev: 1 });
    expect(await collection.change(id, 1, { title: "still the first revision" })).toMatchObject({ rev: 2, stock: 7 });
  });

  test("an increment with an id counts once, however often and simultaneously it is repeated", async () => {
    const collection = await things();
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, index) => collection.increment("counter", { views: 1 }, `fact-${index % 3}`)),
    );
    expect(await collection.get("counter")).toMatchObject({ views: 3 });
    expect(Math.max(...answers.map(({ views }) => views!))).toBe(3);
    expect(await collection.increment("counter", { views: 1 }, "fact-0")).toEqual({ views: 3 });
  });

  test(`a document remembers the last ${REMEMBERED} ids`, async () => {
    const collection = await things();
    for (let index = 0; index <= REMEMBERED; index++)
      await collection.increment("counter", { views: 1 }, `fact-${index}`);
    expect(await collection.increment("counter", { views: 1 }, "fact-1")).toEqual({ views: REMEMBERED + 1 });
    expect(await collection.increment("counter", { views: 1 }, "fact-0")).toEqual({ views: REMEMBERED + 2 });
  });

  test("what an id counted stays hidden from readers", async () => {
    const collection = await things();
    await collection.increment("counter", { views: 1 }, "fact");
    const { createdAt, changedAt, ...document } = (await collection.get("counter"))!;
    expect(document).toEqual({ id: "counter", rev: 1, views: 1 });
    expect([createdAt, changedAt]).toEqual([expect.any(String), expect.any(String)]);
  });

  test("a counter may have any name that a field may have", async () => {
    const collection = await things();
    const names = { "like:👍": 1, "100%": 2, "a%41": 3, constructor: 4, toString: 5, "with space": 6, 가격: 7 };
    expect(await collection.increment("counter", names)).toEqual(names);
    expect(await collection.increment("counter", { "a%41": 1, constructor: 1 })).toEqual({ "a%41": 4, constructor: 5 });
    expect(await collection.get("counter")).toMatchObject({ ...names, "a%41": 4, constructor: 5 });
  });

  test.each([
    ["text", { title: 1 }],
    ["a fraction in an integer field", { stock: 0.5 }],
    ["no number", { views: Number.NaN }],
    ["the revision", { rev: 1 }],
    ["the id", { id: 1 }],
    ["a hidden field", { _once: 1 }],
    ["a path", { "details.a": 1 }],
    ["an operator", { $where: 1 }],
    ["nothing", {}],
  ])("incrementing %s is refused", async (_, fields) => {
    const collection = await things();
    await collection.insert({ id: "counter", title: "text" });
    await expect(collection.increment("counter", fields as Record<string, number>)).rejects.toThrow();
    expect(await collection.get("counter")).toMatchObject({ title: "text", rev: 1 });
  });

  test("an increment of a value that is no number is refused", async () => {
    const collection = await things();
    await collection.insert({ id: "counter", details: "text", price: null });
    await expect(collection.increment("counter", { details: 1 })).rejects.toThrow();
    await expect(collection.increment("counter", { price: 1 })).rejects.toThrow();
    expect(await collection.get("counter")).toMatchObject({ details: "text", price: null });
  });
}
