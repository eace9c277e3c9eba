import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { sqliteStore } from "../../mixins/collection/sqlite-store.ts";
import { collectionConformance } from "./collection.suite.ts";

let directory: Promise<string> | undefined;
const openStore = async (options: { now?: () => number }) => {
  directory ??= mkdtemp(path.join(tmpdir(), "collection-"));
  return sqliteStore({ directory: await directory, ...options });
};

collectionConformance("SQLite", openStore, { runs: 60 });

afterAll(async () => {
  if (directory) await rm(await directory, { recursive: true });
});
