import { fork, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Collection, Store } from "../../mixins/collection/collection.ts";
import { sqliteStore } from "../../mixins/collection/sqlite-store.ts";
import { ledger, type Entry } from "./durability/ledger.ts";
import type { Order } from "./durability/store-process.ts";

const PROGRAMS = path.resolve("test/mixins/durability");
const { NODE_OPTIONS: _, ...ENVIRONMENT } = process.env;
const ROUNDS = 6;
const PROCESSES = ["one", "two", "three"];

let directory: string;
let store: Store;
let entries: Collection<Entry>;
const children: ChildProcess[] = [];

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "durability-"));
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await store.close();
  await rm(directory, { recursive: true });
});

async function openHere(): Promise<void> {
  store = sqliteStore({ directory });
  entries = await store.open(ledger("normal"));
}

/** Lets an endless writer work until it has acknowledged so many writes, kills it, and answers what it printed. */
async function killedWriter(durability: string, round: number, afterWrites: number): Promise<string[]> {
  const program = path.join(PROGRAMS, "endless-writer.ts");
  const child = spawn(process.execPath, [program, directory, durability, String(round)], { env: ENVIRONMENT });
  children.push(child);
  let printed = "";
  let faults = "";
  child.stderr.on("data", (chunk: Buffer) => (faults += chunk.toString()));
  child.stdout.on("data", (chunk: Buffer) => {
    printed += chunk.toString();
    if (printed.split("\n").length > afterWrites) child.kill("SIGKILL");
  });
  const [code, signal] = await once(child, "close");
  expect({ code, signal, faults }).toEqual({ code: null, signal: "SIGKILL", faults: "" });
  return printed.slice(0, printed.lastIndexOf("\n")).split("\n");
}

test.each(["normal", "full"])(
  `kill -9 in the middle of ${ROUNDS} rounds of writes loses nothing that was acknowledged (durability %s)`,
  async (durability) => {
    let acknowledged = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const lines = await killedWriter(durability, round, 20 + Math.floor(Math.random() * 200));
      await openHere();
      const done = (kind: string) => lines.filter((line) => line.startsWith(kind)).map((line) => line.split(" ")[1]!);
      for (const id of done("insert")) expect(await entries.get(id)).toMatchObject({ slot: `slot-${id}` });
      for (const id of done("change")) expect(await entries.get(id)).toMatchObject({ winner: id, rev: 2 });
      const facts = new Set((await entries.unsentFacts(100_000)).map(({ fact }) => fact.id));
      for (const id of done("insert")) expect(facts).toContain(`fact-${id}`);
      const counted = (await entries.get(`counter-${round}`))?.n ?? 0;
      expect([done("increment").length, done("increment").length + 1]).toContain(counted);
      expect(lines.length).toBeGreaterThanOrEqual(20);
      acknowledged += lines.length;
      await store.close();
    }
    const file = new DatabaseSync(path.join(directory, "durability.sqlite"));
    expect(file.prepare("PRAGMA integrity_check").get()).toMatchObject({ integrity_check: "ok" });
    file.close();
    process.stdout.write(`durability ${durability}: ${acknowledged} acknowledged writes, ${ROUNDS} kills, 0 lost\n`);
  },
);

/** Starts the processes all at once, on a file that none of them has made yet. */
async function startProcesses(): Promise<(order: Order) => Promise<number[]>> {
  const program = path.join(PROGRAMS, "store-process.ts");
  const started = PROCESSES.map((name) => fork(program, [directory, name], { env: ENVIRONMENT, execArgv: [] }));
  children.push(...started);
  const answers = () =>
    started.map(async (child) => {
      const [answer] = (await once(child, "message")) as [{ effective?: number; failure?: string }];
      if (answer.effective === undefined) throw new Error(answer.failure);
      return answer.effective;
    });
  await Promise.all(answers());
  return async (order) => {
    const awaited = answers();
    for (const child of started) child.send(order);
    return Promise.all(awaited);
  };
}

const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);

test("a hundred simultaneous compare-and-sets from three processes have one winner, round after round", async () => {
  const everywhere = await startProcesses();
  await openHere();
  await entries.insert({ id: "reserved" });
  for (let rev = 1; rev <= 20; rev++) {
    expect(sum(await everywhere({ kind: "compare-and-set", id: "reserved", rev, times: 34 }))).toBe(1);
    expect(await entries.get("reserved")).toMatchObject({ rev: rev + 1, winner: expect.any(String) });
  }
});

test("three processes on one file lose nothing and never share a unique key", async () => {
  const everywhere = await startProcesses();
  await openHere();
  expect(sum(await everywhere({ kind: "insert", count: 300 }))).toBe(900);
  expect(await entries.count()).toBe(900);
  expect(sum(await everywhere({ kind: "contest slots", count: 100 }))).toBe(100);
  expect(await entries.count()).toBe(1000);
  expect(sum(await everywhere({ kind: "increment", id: "counter", times: 200 }))).toBe(600);
  expect(await entries.get("counter")).toMatchObject({ n: 600 });
});
