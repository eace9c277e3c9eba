import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { ModelShelf } from "../../../services/prediction/adapters/model-shelf.ts";
import type { OpenModel } from "../../../services/prediction/adapters/onnx-model.ts";
import { eventually } from "../../eventually.ts";
import { CARD } from "./estimates.ts";

let directory: string;
let shelf: ModelShelf;
let openings: string[];
let released: string[];

/** Puts a version on disk; a broken one does not open. */
/** In one step: a look between the emptying and the writing of a file would see a version of its own. */
function put(version: string, content = "good"): void {
  const draft = path.join(directory, "draft");
  mkdirSync(path.join(directory, version), { recursive: true });
  writeFileSync(draft, content);
  renameSync(draft, path.join(directory, version, "model"));
}

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "shelf-"));
  [openings, released] = [[], []];
  const openModel = async (from: string): Promise<OpenModel> => {
    const version = path.basename(from);
    openings.push(version);
    const content = await readFile(path.join(from, "model"), "utf8");
    if (!["good", "mended", "better"].includes(content)) throw new Error(`It is ${content}`);
    const release = async () => void released.push(version);
    return { card: { ...CARD, version }, estimate: async () => [], attribute: async () => [], release };
  };
  shelf = new ModelShelf({ directory, openModel, checkEveryMs: 10, log: { info: () => {}, warn: () => {} } });
});
afterEach(async () => {
  await shelf.close();
  rmSync(directory, { recursive: true });
});

const serving = () => shelf.use(({ card }) => card.version);
const serves = (version: string) => eventually(async () => expect(await serving()).toBe(version));

test("the newest version serves, by number and not by spelling", async () => {
  ["1.2.0", "1.10.0", "1.9.9"].forEach((version) => put(version));
  await shelf.open();
  expect(await serving()).toBe("1.10.0");
  expect(await shelf.versions()).toEqual(["1.10.0", "1.9.9", "1.2.0"]);
});

test("a version that is broken at the start is passed over", async () => {
  put("1.0.0");
  put("2.0.0", "broken");
  await shelf.open();
  expect(await serving()).toBe("1.0.0");
});

test("without a version it opens, refuses, and serves as soon as one is there", async () => {
  rmSync(directory, { recursive: true });
  await shelf.open();
  await expect(serving()).rejects.toMatchObject({ type: "PREDICTION_UNAVAILABLE", code: 503 });
  put("1.0.0", "broken");
  await eventually(() => expect(openings).not.toEqual([]));
  await expect(serving()).rejects.toMatchObject({ type: "PREDICTION_UNAVAILABLE" });
  put("1.0.0", "mended");
  await serves("1.0.0");
});

test("a new version takes over; the old one is released after its last call", async () => {
  put("1.0.0");
  await shelf.open();
  let finish = () => {};
  const long = shelf.use(({ card }) => new Promise<string>((resolve) => (finish = () => resolve(card.version))));
  put("1.1.0");
  await serves("1.1.0");
  expect(released).toEqual([]);
  finish();
  expect(await long).toBe("1.0.0");
  await eventually(() => expect(released).toEqual(["1.0.0"]));
});

test("a broken newcomer is tried once and refused, the old one serves on; mended it takes over", async () => {
  put("1.0.0");
  await shelf.open();
  put("1.1.0", "broken");
  await eventually(() => expect(openings).toContain("1.1.0"));
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(openings.filter((version) => version === "1.1.0")).toHaveLength(1);
  expect(await serving()).toBe("1.0.0");
  put("1.1.0", "mended");
  await serves("1.1.0");
});

test("files that change under the serving version reload it, or leave it when they are broken", async () => {
  put("1.0.0");
  await shelf.open();
  put("1.0.0", "broken");
  await eventually(() => expect(openings).toHaveLength(2));
  expect(await serving()).toBe("1.0.0");
  expect(released).toEqual([]);
  put("1.0.0", "better");
  await eventually(() => expect(released).toHaveLength(1));
  expect(await serving()).toBe("1.0.0");
});

test("the serving version stays when its directory goes", async () => {
  put("0.9.0");
  put("1.0.0");
  await shelf.open();
  rmSync(path.join(directory, "1.0.0"), { recursive: true });
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(await serving()).toBe("1.0.0");
});

test("other versions answer by name, few of them stay loaded, unknown names are refused", async () => {
  ["1", "2", "3", "4", "5"].forEach((version) => put(version));
  await shelf.open();
  for (const version of ["1", "2", "3", "4"])
    expect(await shelf.use(({ card }) => card.version, version)).toBe(version);
  expect(released).toEqual(["1", "2"]);
  for (const name of ["6", "..", "../..", "1/../2", "", "__proto__", "\0"])
    await expect(shelf.use(() => 0, name)).rejects.toMatchObject({ type: "MODEL_NOT_FOUND", code: 404 });
});

test("many first calls for a version open it once", async () => {
  put("1");
  put("2");
  await shelf.open();
  await Promise.all(Array.from({ length: 20 }, () => shelf.use(() => 0, "1")));
  expect(openings).toEqual(["2", "1"]);
});

test("an operator rolls back, stays there when newer ones arrive, and goes on with the newest", async () => {
  put("1.0.0");
  put("1.1.0");
  await shelf.open();
  await expect(shelf.load("9.9.9")).rejects.toMatchObject({ type: "MODEL_NOT_FOUND" });
  expect(await shelf.load("1.0.0")).toBe("1.0.0");
  put("1.2.0");
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(await serving()).toBe("1.0.0");
  put("1.3.0", "broken");
  await expect(shelf.load("1.3.0")).rejects.toMatchObject({ type: "PREDICTION_UNAVAILABLE" });
  expect(await serving()).toBe("1.0.0");
  expect(await shelf.load()).toBe("1.2.0");
});

test("a load that fails changes nothing: newer versions still take over", async () => {
  put("1.0.0");
  await shelf.open();
  await expect(shelf.load("9.9.9")).rejects.toMatchObject({ type: "MODEL_NOT_FOUND" });
  put("1.1.0");
  await serves("1.1.0");
});

test("closing releases everything, once", async () => {
  put("1");
  put("2");
  await shelf.open();
  await shelf.use(() => 0, "1");
  await shelf.close();
  expect(released.sort()).toEqual(["1", "2"]);
});
