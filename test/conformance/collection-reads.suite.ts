import type { Collection, Filter } from "../../mixins/collection/collection.ts";
import type { Bench, Thing } from "./collection.suite.ts";

const SHELF: Thing[] = [
  { title: "a", price: 1, stock: 1, open: true },
  { title: "b", price: 2.5, stock: 2, open: false },
  { title: "c", price: -3, stock: 0, open: null },
  { title: "d", price: null },
  { price: 10, stock: 10, open: true },
  { title: null, price: 2.5 },
];

export function collectionReads({ things }: Bench): void {
  describe("finds by", () => {
    let shelf: Collection<Thing>;
    beforeAll(async () => {
      shelf = await things();
      for (const [index, document] of SHELF.entries()) await shelf.insert({ id: String(index), ...document });
    });

    test.each<[string, Filter<Thing>, string]>([
      ["nothing in particular", {}, "012345"],
      ["a text", { title: "b" }, "1"],
      ["a number", { price: 2.5 }, "15"],
      ["true", { open: true }, "04"],
      ["false", { open: false }, "1"],
      ["null, which absent fields are too", { title: null }, "45"],
      ["an id", { id: "3" }, "3"],
      ["a revision", { rev: 1, id: { lt: "2" } }, "01"],
      ["some of several values", { title: { in: ["a", "c", "z"] } }, "02"],
      ["one of the same value twice", { stock: { in: [1, 1, 1] } }, "0"],
      ["null or a value", { title: { in: [null, "d"] } }, "345"],
      ["only null in a list", { title: { in: [null] } }, "45"],
      ["none of no values", { title: { in: [] } }, ""],
      ["other than a value, absent fields included", { title: { ne: "a" } }, "12345"],
      ["not null", { title: { ne: null } }, "0123"],
      ["other than true", { open: { ne: true } }, "1235"],
      ["above", { price: { gt: 1 } }, "145"],
      ["from", { price: { gte: 1 } }, "0145"],
      ["below, which null is not", { price: { lt: 1 } }, "2"],
      ["up to", { price: { lte: 1 } }, "02"],
      ["a range", { price: { gt: -3, lte: 2.5 } }, "015"],
      ["a range without one value", { price: { gte: -3, ne: 1 } }, "1245"],
      ["an empty range", { price: { gt: 5, lt: 2 } }, ""],
      ["a range of texts", { title: { gte: "b", lt: "d" } }, "12"],
      ["a range of booleans", { open: { gte: false } }, "014"],
      ["several fields, all of which hold", { price: 2.5, stock: 2 }, "1"],
      ["conditions that exclude each other", { price: 2.5, open: true }, ""],
      ["a piece of a text", { title: { contains: "b" } }, "1"],
      ["a piece in several texts, if there is a text", { title: { contains: "" } }, "0123"],
      ["a piece that no text has", { title: { contains: "A" } }, ""],
      ["a piece besides another condition", { title: { contains: "" }, open: true }, "0"],
      ["long lists", { stock: { in: Array.from({ length: 1000 }, (_, n) => n + 2) } }, "14"],
    ])("%s", async (_, filter, ids) => {
      const { items, nextCursor } = await shelf.find({ filter, sort: ["id"], limit: 100 });
      expect(items.map(({ id }) => id).join("")).toBe(ids);
      expect(nextCursor).toBeNull();
      expect(await shelf.count(filter)).toBe(ids.length);
    });

    test.each<[string, object]>([
      ["an undeclared field", { details: 1 }],
      ["a misspelt field", { titel: "a" }],
      ["a field that every object has", { constructor: "a" }],
      ["the prototype", JSON.parse('{"__proto__":"a"}') as object],
      ["a hidden field", { _removed: true }],
      ["the database's own id", { _id: "0" }],
      ["a logical operator", { $or: [] }],
      ["code", { $where: "1" }],
      ["a path", { "details.a": 1 }],
      ["an unknown operator", { title: { regex: "." } }],
      ["the database's own operator", { title: { $gt: "" } }],
      ["an operator that every object has", { title: { toString: "a" } }],
      ["no operator", { title: {} }],
      ["a list", { title: ["a"] }],
      ["a list that is none", { title: { in: "a" } }],
      ["undefined", { title: undefined }],
      ["an operand of undefined", { title: { gt: undefined } }],
      ["a value of another kind", { title: 1 }],
      ["a list with another kind", { title: { in: ["a", 1] } }],
      ["a fraction of an integer", { stock: { lt: 1.5 } }],
      ["NaN", { price: Number.NaN }],
      ["an order against null", { price: { gt: null } }],
      ["a piece of a number", { price: { contains: "1" } }],
      ["a number as a piece", { title: { contains: 1 } }],
      ["null as a piece", { title: { contains: null } }],
      ["a pattern as a piece", { title: { contains: /a/ } }],
      ["an endless piece", { title: { contains: "a".repeat(1001) } }],
      ["an object as operand", { title: { ne: { $gt: "" } } }],
    ])("but not by %s", async (_, filter) => {
      await expect(shelf.find({ filter: filter as Filter<Thing>, limit: 1 })).rejects.toThrow(TypeError);
      await expect(shelf.count(filter as Filter<Thing>)).rejects.toThrow(TypeError);
      await expect(shelf.changeWhere(filter as Filter<Thing>, { stock: 99 })).rejects.toThrow(TypeError);
      expect(await shelf.count({ stock: 99 })).toBe(0);
    });

    test.each(["details", "-details", "titel", "constructor", "__proto__", "_id", "$natural", "", "-", "--title"])(
      "and is not sorted by %p",
      async (field) => {
        await expect(shelf.find({ sort: [field as "title"], limit: 1 })).rejects.toThrow(TypeError);
      },
    );

    test("and is not sorted by a field twice", async () => {
      await expect(shelf.find({ sort: ["title", "-title"], limit: 1 })).rejects.toThrow(TypeError);
    });

    test.each([0, -1, 1.5, Number.NaN, Infinity, "5"])("and a limit of %p is refused", async (limit) => {
      await expect(shelf.find({ limit: limit as number })).rejects.toThrow(TypeError);
      await expect(shelf.changes({ limit: limit as number })).rejects.toThrow(TypeError);
      await expect(shelf.unsentFacts(limit as number)).rejects.toThrow(TypeError);
    });
  });

  test.each([
    "100%",
    "a_b",
    "a.b",
    "(a|b)*",
    "[^a]",
    "\\d+$",
    "^a{2}?",
    "a\0b",
    "'\"--",
    "/a/i",
    "가 ㄱ",
    "😀",
    "\n\t",
    "*",
  ])("%j is found as it stands, in the middle of a text, and nothing else is", async (piece) => {
    const texts = await things();
    await texts.insert({ id: "1", title: `before ${piece} after` });
    await texts.insert({ id: "2", title: piece });
    await texts.insert({ id: "3", title: "100 axb a9 aab aaa ab A B before after ㅏ" });
    const { items } = await texts.find({ filter: { title: { contains: piece } }, limit: 10 });
    expect(items.map(({ id }) => id)).toEqual(["1", "2"]);
    expect(await texts.changeWhere({ title: { contains: piece } }, { stock: 1 })).toBe(2);
  });

  test("a definition with an undeclared key, a field of the store or an unusable name is refused", async () => {
    for (const broken of [
      { unique: [["views"]] },
      { indexes: [["details"]] },
      { fields: { id: "text" } },
      { fields: { _hidden: "text" } },
      { fields: { 'title") --': "text" } },
      { noun: "no noun" },
      { service: "../elsewhere" },
    ]) {
      await expect(things(broken as object)).rejects.toThrow(TypeError);
    }
  });
}
