import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { openStand } from "./stand.ts";
import { Listings } from "../../../services/listings/listings.contract.ts";

const COMMAND = path.resolve("scripts/import-cars.ts");
const HEADER = "brand,model,year,price,transmission,mileage,fuelType,tax,mpg,engineSize";
const ROW = "Vauxhall,Insignia,2016,8749,Manual,47157,Diesel,20,68.9,1.6";

let directory: string;
beforeEach(() => void (directory = mkdtempSync(path.join(tmpdir(), "import-"))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const write = (name: string, content: string | Buffer) => {
  writeFileSync(path.join(directory, name), content);
  return name;
};
/** A table of so many different cars. */
const table = (rows: number) =>
  [HEADER, ...Array.from({ length: rows }, (_, at) => ROW.replace("8749", `${1000 + at}`))].join("\n");

/** Runs the command in the directory, as `npm run cars:import -- …` does. */
function start(...args: string[]) {
  const env = { ...process.env, DATA_DIR: path.join(directory, "data"), METRICS_PORT: "0", NODE_OPTIONS: "" };
  const child = spawn(process.execPath, [COMMAND, ...args], { cwd: directory, env });
  const told = { output: "", errors: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => void (told.output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => void (told.errors += text));
  const ended = new Promise<typeof told & { code: number | null }>((resolve) =>
    child.on("close", (code) => resolve({ code, ...told })),
  );
  return { child, told, ended };
}
const run = (...args: string[]) => start(...args).ended;

/** How many cars the store holds, and one of them. */
async function stored() {
  const stand = await openStand({ directory: path.join(directory, "data") });
  const { total, cars } = await Listings.browse(stand.broker, { currency: "GBP", sort: "price_asc" });
  const facts = await Promise.all(stand.store.factSources().map((source) => source.unsentFacts(1000)));
  await stand.close();
  const batches = facts.flat().map(({ fact }) => fact.payload as { inserted: number });
  return { total, cheapest: cars[0], batches: batches.map(({ inserted }) => inserted) };
}

test("plain and gzipped tables are imported, and imported again without a change", async () => {
  write("cars.csv", table(2500));
  write("cars.csv.gz", gzipSync(table(2500)));
  expect(await run("cars.csv.gz")).toMatchObject({
    code: 0,
    output: expect.stringContaining("2500 stored, 0 there already, 0 rejected"),
  });
  expect(await run("cars.csv")).toMatchObject({
    code: 0,
    output: expect.stringContaining("0 stored, 2500 there already"),
  });
  const { total, cheapest, batches } = await stored();
  expect(total).toBe(2500);
  expect(batches.sort()).toEqual([1000, 1000, 500].sort());
  expect(cheapest).toMatchObject({ brand: "Vauxhall", price: 1000, sellerId: null, demo: false, mileageUnit: "mi" });
});

test("a currency of one's own is kept with its unit of distance", async () => {
  write("cars.csv", `${HEADER}\n${ROW}`);
  await run("cars.csv", "--currency", "KRW");
  expect((await stored()).total).toBe(0);
  const again = await run("cars.csv", "--currency", "KRW");
  expect(again.output).toContain("1 there already");
});

test("a dry run reads everything and stores nothing", async () => {
  write("cars.csv", `${table(3)}\nFord,Ka`);
  const { code, output } = await run("cars.csv", "--dry-run");
  expect(code).toBe(0);
  expect(output).toMatch(/4 rows .* 3 good, none stored \(dry run\), 1 rejected/);
  expect(existsSync(path.join(directory, "data"))).toBe(false);
});

test("bad rows are listed with line and reason, and the others are stored", async () => {
  const rows = [ROW, ROW.replace("2016", "3000"), `"Vauxhall","In\nsignia"${ROW.slice(17)}`, "Ford,Ka", `${ROW}1`];
  write("cars.csv", `\ufeff${HEADER}\r\n${rows.join("\r\n")}\r\n`);
  const { code, output } = await run("cars.csv", "--rejects", "bad.csv");
  expect(code).toBe(0);
  expect(output).toMatch(/5 rows .* 2 stored, 0 there already, 3 rejected/);
  expect(output).toContain("bad.csv");
  const rejects = readFileSync(path.join(directory, "bad.csv"), "utf8");
  expect(rejects).toMatch(/^line,reason,row\n3,"year: /);
  expect(rejects).toMatch(/^6,"2 values where the header has 10","Ford,Ka"$/m);
});

test("a file in the wrong shape is refused in one line and exit code 1", async () => {
  const files = {
    "empty.csv": "",
    "other.csv": "a,b\n1,2\n",
    "plain.csv.gz": table(1),
    "cut.csv.gz": gzipSync(table(3000)).subarray(0, 5000),
  };
  for (const [name, content] of Object.entries(files)) write(name, content);
  const runs = [["absent.csv"], [], ["."], ["other.csv", "--currency", "gbp"], ["other.csv", "--what"]];
  for (const args of [...runs, ...Object.keys(files).map((name) => [name])]) {
    const { code, errors } = await run(...args);
    expect([args, code, errors.trim().split("\n").length]).toEqual([args, 1, 1]);
    expect(errors).not.toContain("    at ");
  }
});

test("the help names every column", async () => {
  const { code, output } = await run("--help");
  expect(code).toBe(0);
  for (const column of HEADER.split(",")) expect(output).toContain(column);
});

test("an import that is killed is finished by repeating it, with every car once and every batch told", async () => {
  write("cars.csv", table(20_000));
  const { child, told, ended } = start("cars.csv");
  while (!told.errors.includes("10,000 rows") && child.exitCode === null)
    await new Promise((resolve) => setTimeout(resolve, 5));
  child.kill("SIGKILL");
  expect((await ended).code).toBeNull();
  const before = await stored();
  expect(before.total).toBeGreaterThan(0);
  expect(before.total).toBeLessThan(20_000);
  const { output } = await run("cars.csv");
  const [, inserted, duplicates] = /(\d+) stored, (\d+) there already/.exec(output)!.map(Number);
  expect([inserted! + duplicates!, duplicates]).toEqual([20_000, before.total]);
  const after = await stored();
  expect(after.total).toBe(20_000);
  expect(after.batches).toHaveLength(20);
});
