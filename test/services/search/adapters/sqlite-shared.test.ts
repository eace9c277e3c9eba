import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openSqliteEngine } from "../../../../services/search/adapters/sqlite-engine.ts";
import { indexFileName, openIndexFile, SCHEMA_VERSION } from "../../../../services/search/adapters/sqlite-file.ts";
import { SqliteReader } from "../../../../services/search/adapters/sqlite-reader.ts";
import { SqliteWriter } from "../../../../services/search/adapters/sqlite-writer.ts";
import type { SearchEngine } from "../../../../services/search/search-engine.ts";
import { document } from "../../../conformance/search-cars.ts";
import { everything, idsOf, upsert } from "../../../conformance/search-promise.ts";
import { eventually } from "../../../eventually.ts";

const WRITER = path.join(import.meta.dirname, "sqlite-shared/writer.ts");
let directory: string;
let file: string;
let open: SearchEngine[];
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "search-"));
  file = path.join(directory, indexFileName(SCHEMA_VERSION));
  open = [];
});
afterEach(async () => {
  await Promise.all(open.map((engine) => engine.close()));
  rmSync(directory, { recursive: true });
});
/** One more engine on the same file, as in another process. */
async function engine(): Promise<SearchEngine> {
  const opened = await openSqliteEngine({ directory });
  open.push(opened);
  return opened;
}
const write = (name: string, rounds: number) =>
  spawn(process.execPath, ["--disable-warning=ExperimentalWarning", WRITER, directory, name, String(rounds)], {
    stdio: "inherit",
  });

test("what two processes write at once is all there, for a third that reads meanwhile too", async () => {
  const reading = await engine();
  const writers = ["left", "right"].map((name) => write(name, 60));
  const exits = writers.map(async (writer) => (await once(writer, "exit"))[0] as number);
  let newest = 0;
  const seen = async () => {
    const { hits } = await reading.search({ ...everything, sort: [{ field: "price", descending: false }] });
    const shared = hits.find(({ id }) => id === "shared");
    const price = Number(shared?.position[0] ?? 0);
    expect(price).toBeGreaterThanOrEqual(newest);
    newest = price;
    expect(hits).toHaveLength(21);
    expect(newest).toBe(60);
  };
  await eventually(seen, 120_000);
  expect(await Promise.all(exits)).toEqual([0, 0]);
  const own = ["left", "right"].flatMap((name) => Array.from({ length: 10 }, (_, at) => `${name}-${51 + at}`));
  expect(await idsOf(reading)).toEqual([...own, "shared"].toSorted());
  expect(await reading.note()).toBe("120");
  expect(await (await engine()).health()).toEqual({ cars: 21 });
}, 150_000);

test("an index that another process holds busy is waited for, not replaced", async () => {
  const first = await engine();
  await first.bulk([upsert(document({ id: "a" }))]);
  const busy = new DatabaseSync(file);
  busy.exec("BEGIN IMMEDIATE");
  const second = engine();
  const writing = second.then((other) => other.bulk([upsert(document({ id: "b" }))]));
  await second;
  expect(await idsOf(first)).toEqual(["a"]);
  busy.exec("COMMIT");
  busy.close();
  await writing;
  expect(await idsOf(first)).toEqual(["a", "b"]);
});

test("a process that died with the lock on the file stops nobody", async () => {
  const holder = spawn(process.execPath, [
    "--disable-warning=ExperimentalWarning",
    "-e",
    `const { DatabaseSync } = require("node:sqlite");
     new DatabaseSync(${JSON.stringify(`${file}.lock`)}).exec("BEGIN EXCLUSIVE");
     console.log("locked"); setInterval(() => {}, 1000);`,
  ]);
  await once(holder.stdout!, "data");
  const opening = engine();
  holder.kill("SIGKILL");
  expect(await (await opening).health()).toEqual({ cars: 0 });
});

test("a broken index is replaced once, and whoever has it open goes over to the new one", async () => {
  const first = await engine();
  await first.bulk([upsert(document({ id: "old" }))]);
  await first.keepNote("of the old one", null);
  rmSync(`${file}-wal`, { force: true });
  rmSync(`${file}-shm`, { force: true });
  rmSync(file);
  writeFileSync(file, "no database at all ".repeat(1000));
  const [second, third] = await Promise.all([engine(), engine()]);
  await second.bulk([upsert(document({ id: "new" }))]);
  expect(await idsOf(third)).toEqual(["new"]);
  expect(await idsOf(first)).toEqual(["new"]);
  await expect(first.keepNote("further", "of the old one")).rejects.toMatchObject({ code: "CONFLICT" });
});

test("an index that turns out to be broken while it is used is made anew", async () => {
  const used = await engine();
  const cars = Array.from({ length: 300 }, (_, at) => upsert(document({ id: `car-${at}`, title: "x".repeat(500) })));
  await used.bulk(cars);
  await used.close();
  open = [];
  const bytes = readFileSync(file);
  writeFileSync(file, bytes.fill(255, 4096));
  const damaged = await engine();
  await eventually(async () => expect(await damaged.health()).toEqual({ cars: 0 }));
  await damaged.bulk([upsert(document({ id: "a" }))]);
  expect(await damaged.health()).toEqual({ cars: 1 });
});

test("files of other versions stay until nobody uses them", async () => {
  const [older, newer] = [path.join(directory, indexFileName(1)), path.join(directory, indexFileName(9))];
  for (const other of [older, newer, path.join(directory, "search.sqlite")]) openIndexFile(other).close();
  const current = await engine();
  await current.tidy(async (version) => version !== 9);
  expect([existsSync(older), existsSync(path.join(directory, "search.sqlite"))]).toEqual([false, false]);
  expect([existsSync(newer), existsSync(file)]).toEqual([true, true]);
});

test("a reader that slept through a turn forgets what the new index was not told of", () => {
  const writer = new SqliteWriter(file);
  const sleeper = new SqliteReader(file);
  writer.bulk([upsert(document({ id: "a" })), upsert(document({ id: "b" }))]);
  expect(sleeper.health()).toEqual({ cars: 2 });
  writer.beginDraft("draft");
  writer.bulkIntoDraft([upsert(document({ id: "b" }))]);
  writer.promoteDraft();
  expect(sleeper.health()).toEqual({ cars: 1 });
  expect(sleeper.search(everything).hits.map(({ id }) => id)).toEqual(["b"]);
  sleeper.close();
  writer.close();
});
