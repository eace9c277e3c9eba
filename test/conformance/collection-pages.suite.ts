import type { Collection, Query, Sort } from "../../mixins/collection/collection.ts";
import type { Bench, Thing } from "./collection.suite.ts";

const SORTS: Sort<Thing>[] = [
  [],
  ["id"],
  ["-id"],
  ["price"],
  ["-price"],
  ["open", "-price"],
  ["-open", "title"],
  ["-createdAt"],
  ["stock", "open", "-title"],
];

/** Many ties, and every combination of null, absent and set. */
const SHELF: Thing[] = Array.from({ length: 60 }, (_, index) => ({
  ...(index % 5 === 0 ? {} : { price: index % 5 === 1 ? null : index % 4 }),
  ...(index % 3 === 0 ? {} : { open: index % 3 === 1 ? null : index % 2 === 0 }),
  ...(index % 7 === 0 ? {} : { title: index % 7 === 1 ? null : `t${index % 6}` }),
  stock: 1,
}));

export function collectionPages({ things }: Bench): void {
  describe("in pages", () => {
    let shelf: Collection<Thing>;
    beforeAll(async () => {
      shelf = await things();
      await shelf.insertMany(SHELF);
    });

    test.each(SORTS.map((sort) => [sort]))("sorted by %p every document comes once and in order", async (sort) => {
      const whole = (await shelf.find({ sort, limit: 100 })).items.map(({ id }) => id);
      expect(new Set(whole).size).toBe(SHELF.length);
      for (const limit of [1, 7, 59, 60]) {
        expect(await idsOf(shelf, { sort, limit })).toEqual(whole);
      }
    });

    test.each<[string, Query<Thing>]>([
      ["null stands before all", { sort: ["price"], limit: 100 }],
      ["and after all when descending", { sort: ["-price"], limit: 100 }],
    ])("%s", async (_, query) => {
      const prices = (await shelf.find(query)).items.map(({ price }) => price ?? null);
      const expected = SHELF.map(({ price }) => price ?? null).sort((a, b) => (a ?? -1) - (b ?? -1));
      expect(prices).toEqual(query.sort?.[0] === "price" ? expected : expected.toReversed());
    });

    test("a filter on the sorted field holds on every page", async () => {
      const query: Query<Thing> = { filter: { price: { gte: 1, lt: 3 } }, sort: ["-price"], limit: 3 };
      const ids = await idsOf(shelf, query);
      expect(ids).toHaveLength(SHELF.filter(({ price }) => price === 1 || price === 2).length);
      expect(ids).toEqual((await shelf.find({ ...query, limit: 100 })).items.map(({ id }) => id));
    });

    test("the last page says so, also when it is full", async () => {
      const first = await shelf.find({ sort: ["id"], limit: 30 });
      const second = await shelf.find({ sort: ["id"], limit: 30, cursor: first.nextCursor! });
      expect(second.items).toHaveLength(30);
      expect(second.nextCursor).toBeNull();
    });

    test("a cursor is good for the same filter and sort only", async () => {
      const { nextCursor } = await shelf.find({ filter: { stock: 1 }, sort: ["price"], limit: 5 });
      const others: Query<Thing>[] = [
        { filter: { stock: 1 }, sort: ["-price"], limit: 5 },
        { filter: { stock: 1 }, sort: ["price", "title"], limit: 5 },
        { filter: { stock: 2 }, sort: ["price"], limit: 5 },
        { sort: ["price"], limit: 5 },
      ];
      for (const query of others) {
        await expect(shelf.find({ ...query, cursor: nextCursor! })).rejects.toMatchObject({ type: "INVALID_INPUT" });
      }
    });

    test("a made-up cursor is the client's fault", async () => {
      const { nextCursor } = await shelf.find({ sort: ["price"], limit: 5 });
      const [signature] = JSON.parse(Buffer.from(nextCursor!, "base64url").toString()) as string[];
      const forged = [{ $gt: "" }, ["x"], "text", undefined].map((price) => [signature, price, "id"]);
      const cursors = [
        [],
        {},
        null,
        [signature],
        [signature, 1],
        [signature, 1, { $gt: "" }],
        [signature, 1, 2, 3],
        ...forged,
      ];
      const texts = cursors.map((cursor) => Buffer.from(JSON.stringify(cursor)).toString("base64url"));
      for (const cursor of ["", "x", "%%%", "🙂", nextCursor!.slice(0, -9), ...texts]) {
        const refused = await shelf.find({ sort: ["price"], limit: 5, cursor }).catch((error: unknown) => error);
        if (cursor !== texts.at(-1)) expect(refused).toMatchObject({ type: "INVALID_INPUT" });
      }
    });
  });

  test("texts stand in the order of their code points", async () => {
    const collection = await things();
    const titles = ["", "0", "A", "Z", "a", "z", "é", "ㄱ", "가", "힣", "😀"];
    for (const title of titles.toReversed()) await collection.insert({ title });
    const { items } = await collection.find({ sort: ["title"], limit: 100 });
    expect(items.map(({ title }) => title)).toEqual(titles);
    expect(await titlesOf(collection, { sort: ["-title"], limit: 2 })).toEqual(titles.toReversed());
  });

  test("what was there when a walk began comes exactly once while others insert, change and remove", async () => {
    const collection = await things();
    const known = [];
    for (let index = 0; index < 40; index++) known.push(await collection.insert({ price: index % 4, stock: 0 }));
    const seen: string[] = [];
    let cursor: string | undefined;
    let page = 0;
    do {
      const { items, nextCursor } = await collection.find({ sort: ["-price"], limit: 3, cursor });
      seen.push(...items.filter(({ stock }) => stock === 0).map(({ id }) => id));
      await collection.insertMany([0, 1, 2, 3].map((price) => ({ price, stock: 1 })));
      const last = items.at(-1)!;
      if (last.stock === 1) await collection.remove(last.id);
      else await collection.change(last.id, 1, { title: `seen on page ${page}` });
      cursor = nextCursor ?? undefined;
    } while (cursor !== undefined && ++page < 100);
    expect(seen.toSorted()).toEqual(known.map(({ id }) => id).toSorted());
  });
}

/** All pages of a query. */
async function walk(collection: Collection<Thing>, query: Query<Thing>) {
  const items = [];
  let cursor: string | null | undefined;
  do {
    const page = await collection.find({ ...query, cursor: cursor ?? undefined });
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null && items.length < 1000);
  return items;
}

const idsOf = async (collection: Collection<Thing>, query: Query<Thing>) =>
  (await walk(collection, query)).map(({ id }) => id);
const titlesOf = async (collection: Collection<Thing>, query: Query<Thing>) =>
  (await walk(collection, query)).map(({ title }) => title);
