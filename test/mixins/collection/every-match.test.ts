import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Collection, Store } from "../../../mixins/collection/collection.ts";
import { findEvery, removeEvery } from "../../../mixins/collection/every-match.ts";
import { sqliteStore } from "../../../mixins/collection/sqlite-store.ts";

interface Row {
  kind: string;
  n: number;
}

const directory = mkdtempSync(path.join(tmpdir(), "every-match-"));
let store: Store;
let rows: Collection<Row>;
beforeAll(async () => {
  store = sqliteStore({ directory });
  rows = await store.open<Row>({ service: "test", noun: "row", fields: { kind: "text", n: "integer" } });
  const of = (kind: string, count: number) => Array.from({ length: count }, (_, n) => ({ kind, n }));
  await rows.insertMany([...of("old", 1203), ...of("young", 7)]);
});
afterAll(async () => {
  await store.close();
  rmSync(directory, { recursive: true });
});

test("every match is found once, however many there are", async () => {
  const found = await findEvery(rows, { kind: "old" });
  expect(found).toHaveLength(1203);
  expect(new Set(found.map(({ n }) => n)).size).toBe(1203);
  expect(await findEvery(rows, { kind: "none" })).toEqual([]);
});

test("every match is removed, also by two at once, and each counted by one of them", async () => {
  const counts = await Promise.all([removeEvery(rows, { kind: "old" }), removeEvery(rows, { kind: "old" })]);
  expect(counts[0] + counts[1]).toBe(1203);
  expect(await rows.count({ kind: "old" })).toBe(0);
  expect(await rows.count()).toBe(7);
});

test("what changes meanwhile stays", async () => {
  const find: typeof rows.find = async (query) => {
    const page = await rows.find(query);
    const [first] = page.items;
    if (first) await rows.change(first.id, first.rev, { kind: "changed" });
    return page;
  };
  const changing = { find, remove: (id: string, rev?: number) => rows.remove(id, rev) };
  expect(await removeEvery(changing as Collection<Row>, { kind: "young" })).toBe(6);
  expect(await rows.count({ kind: "changed" })).toBe(1);
});
