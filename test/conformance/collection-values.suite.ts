import type { Bench, Thing } from "./collection.suite.ts";

const HOSTILE = [
  "",
  " ",
  "'",
  '"',
  "\\",
  "`",
  "'; DROP TABLE thing; --",
  '" OR 1=1 --',
  "%_?*",
  "$where",
  "$gt",
  '{"$gt":""}',
  "__proto__",
  "constructor",
  "null",
  "NaN",
  "\0",
  "before\0after",
  "\u0001\u001f\u007f",
  "\n\r\t\u2028\u2029",
  "é",
  "e\u0301",
  "그랜저 하이브리드",
  "👩‍👩‍👧‍👦",
  "𝕳",
  "\uffff",
  "‮right to left",
  "x".repeat(100_000),
];

/** Member names that stores, drivers or JavaScript itself give a meaning. */
const STRANGE_NAMES = JSON.parse(
  `{"$where":"1","$set":{"a.b":1},"a.b":2,"":3,"%":4,"%24":5,"$":6,"__proto__":{"polluted":true},"constructor":{"prototype":7},
    "_bsontype":"ObjectId","_id":8,"toJSON":9,"nul\\u0000":10,"hasOwnProperty":11,"list":[{"$oid":"x"},{"$date":0}]}`,
) as unknown;

export function collectionValues({ things }: Bench): void {
  test("hostile texts are stored, found and compared as the texts they are", async () => {
    const collection = await things();
    for (const title of HOSTILE)
      await collection.insert({ title, details: [title, { [`n${title.slice(0, 50)}`]: title }] });
    for (const title of HOSTILE) {
      const { items } = await collection.find({ filter: { title }, limit: 10 });
      expect(items.map(({ title, details }) => [title, details])).toEqual([
        [title, [title, { [`n${title.slice(0, 50)}`]: title }]],
      ]);
    }
    expect(await collection.count({ title: { in: HOSTILE } })).toBe(HOSTILE.length);
  });

  test("hostile texts are ids like any other", async () => {
    const collection = await things();
    for (const id of HOSTILE.filter((text) => text !== "" && text.length < 1000)) {
      await collection.insert({ id, title: id });
      expect(await collection.get(id)).toMatchObject({ id, title: id });
      expect(await collection.change(id, 1, { stock: 1 })).toMatchObject({ id, rev: 2 });
    }
  });

  test("a text that is no Unicode is stored with its faults replaced, and found by either spelling", async () => {
    const collection = await things();
    const stored = await collection.insert({ title: "half \ud83d emoji", slot: "\udc00" });
    expect(stored.title).toBe("half \ufffd emoji");
    expect(await collection.get(stored.id)).toEqual(stored);
    expect(await collection.count({ title: "half \ud83d emoji", slot: "\ufffd" })).toBe(1);
  });

  test("nested members keep their names, whatever they are called", async () => {
    const collection = await things();
    const { id } = await collection.insert({ details: STRANGE_NAMES });
    const read = (await collection.get(id))!;
    expect(JSON.stringify(read.details)).toBe(JSON.stringify(STRANGE_NAMES));
    const changed = await collection.change(id, 1, { details: [STRANGE_NAMES] });
    expect(JSON.stringify(changed!.details)).toBe(JSON.stringify([STRANGE_NAMES]));
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(Object.hasOwn((read.details as object) ?? {}, "__proto__")).toBe(true);
  });

  test("numbers come back exactly", async () => {
    const collection = await things();
    const numbers = [
      0,
      -1,
      0.1,
      1e-300,
      1e300,
      2 ** 31,
      -(2 ** 31) - 1,
      2 ** 53 - 1,
      -(2 ** 53) + 1,
      1.7976931348623157e308,
    ];
    for (const price of numbers) {
      const { id } = await collection.insert({ price, details: [price] });
      expect(await collection.get(id)).toMatchObject({ price, details: [price] });
      expect(await collection.count({ price })).toBe(1);
    }
    const { id } = await collection.insert({ stock: Number.MAX_SAFE_INTEGER, details: -0 });
    expect(await collection.get(id)).toMatchObject({ stock: Number.MAX_SAFE_INTEGER, details: 0 });
  });

  test("dates become ISO texts and undefined members vanish, as in JSON", async () => {
    const collection = await things();
    const details = { at: new Date(0), gone: undefined, list: [undefined, 1], empty: {}, none: [] };
    const stored = await collection.insert({ details });
    expect(stored.details).toEqual({ at: "1970-01-01T00:00:00.000Z", list: [null, 1], empty: {}, none: [] });
    expect(await collection.get(stored.id)).toEqual(stored);
    expect(Object.keys(stored.details as object)).toEqual(["at", "list", "empty", "none"]);
  });

  test("what was given and what was answered may change without changing what is stored", async () => {
    const collection = await things();
    const given = { details: { list: [1] } };
    const stored = await collection.insert(given);
    given.details.list.push(2);
    (stored.details as typeof given.details).list.push(3);
    expect(await collection.get(stored.id)).toMatchObject({ details: { list: [1] } });
  });

  const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);
  test.each<[string, object]>([
    ["NaN", { details: Number.NaN }],
    ["an infinity", { details: { deep: [Infinity] } }],
    ["a bigint", { details: 1n }],
    ["a function", { details: () => 1 }],
    ["a symbol", { details: Symbol("s") }],
    ["endless nesting", { details: deep(200) }],
    ["a number in a text field", { title: 1 }],
    ["a text in a number field", { price: "1" }],
    ["a fraction in an integer field", { stock: 1.5 }],
    ["a number in a boolean field", { open: 1 }],
    ["a list in a text field", { title: ["a"] }],
    ["an operator in a text field", { title: { $gt: "" } }],
    ["a field named like an operator", { $set: 1 }],
    ["a field named like a path", { "a.b": 1 }],
    ["a hidden field", { _removed: true }],
    ["a field named like the prototype", JSON.parse('{"__proto__":1}') as object],
    ["a field without a name", { "": 1 }],
  ])("%s is refused", async (_, document) => {
    const collection = await things();
    const { id } = await collection.insert({ title: "kept" });
    await expect(collection.insert(document as Thing)).rejects.toThrow(TypeError);
    await expect(collection.insertMany([document as Thing])).rejects.toThrow(TypeError);
    await expect(collection.change(id, 1, document as Thing)).rejects.toThrow(TypeError);
    expect(await collection.find({ limit: 10 })).toMatchObject({ items: [{ id, rev: 1, title: "kept" }] });
  });

  test.each([undefined, null, 7, "", {}, { $gt: "" }, ["a"]])("an id of %p is refused", async (id) => {
    const collection = await things();
    await collection.insert({ title: "kept" });
    await expect(collection.get(id as string)).rejects.toThrow(TypeError);
    await expect(collection.remove(id as string)).rejects.toThrow(TypeError);
    await expect(collection.change(id as string, 1, {})).rejects.toThrow(TypeError);
    expect(await collection.count()).toBe(1);
  });
}
