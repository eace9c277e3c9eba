import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { openSqliteEngine } from "../../services/search/adapters/sqlite-engine.ts";
import { eventually } from "../eventually.ts";
import { document } from "./search-cars.ts";
import { searchConformance } from "./search.suite.ts";

async function open(refreshMs: number) {
  const directory = await mkdtemp(path.join(tmpdir(), "search-"));
  const engine = await openSqliteEngine({ directory, refreshMs });
  const discard = async () => {
    await engine.close();
    await rm(directory, { recursive: true });
  };
  return { engine, discard };
}

searchConformance("SQLite", () => open(0));
searchConformance("SQLite that shows writes only at a refresh", () => open(600_000));

test("with a refresh time writes are hidden at first and visible after it without a refresh", async () => {
  const { engine, discard } = await open(300);
  await engine.bulk([{ type: "upsert", id: "a", rev: 1, document: document({ id: "a" }) }]);
  expect(await engine.health()).toEqual({ cars: 0 });
  await eventually(async () => expect(await engine.health()).toEqual({ cars: 1 }));
  await discard();
});

test("what was written is there after the engine was closed and opened again", async () => {
  const { engine } = await open(0);
  const directory = await mkdtemp(path.join(tmpdir(), "search-"));
  await engine.close();
  const first = await openSqliteEngine({ directory });
  await first.bulk([{ type: "upsert", id: "a", rev: 1, document: document({ id: "a" }) }]);
  await first.close();
  const second = await openSqliteEngine({ directory });
  expect(await second.health()).toEqual({ cars: 1 });
  await second.close();
  await rm(directory, { recursive: true });
});
