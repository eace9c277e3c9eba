import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Store } from "../../mixins/collection/collection.ts";
import { sqliteStore } from "../../mixins/collection/sqlite-store.ts";
import { acquireLease, leaseCollection } from "../../mixins/lease.ts";
import { eventually } from "../eventually.ts";

const CONTENDER = path.join(import.meta.dirname, "lease/contender.ts");

describe("A lease", () => {
  let directory: string;
  let stores: Store[];
  let time: number;

  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), "lease-"));
    stores = [];
    time = 1_000_000;
  });
  afterEach(async () => {
    for (const store of stores) await store.close();
    rmSync(directory, { recursive: true });
  });

  /** Opens the same file anew, as another process would. */
  const openLeases = () => {
    const store = sqliteStore({ directory });
    stores.push(store);
    return store.open(leaseCollection("contest"));
  };
  const options = (holder: string) => ({ holder, lengthMs: 1000, clockSkewMs: 100, now: () => time });

  test("has one holder", async () => {
    const leases = await openLeases();
    const first = await acquireLease(leases, "prize", options("first"));
    expect(first?.held()).toBe(true);
    expect(await acquireLease(leases, "prize", options("second"))).toBeUndefined();
    expect((await leases.get("prize"))?.holder).toBe("first");
  });

  test("of another name is another lease", async () => {
    const leases = await openLeases();
    expect(await acquireLease(leases, "prize", options("first"))).toBeDefined();
    expect(await acquireLease(leases, "medal", options("second"))).toBeDefined();
  });

  test("that was released can be taken at once", async () => {
    const leases = await openLeases();
    const first = await acquireLease(leases, "prize", options("first"));
    await first?.release();
    expect(first?.held()).toBe(false);
    expect((await acquireLease(leases, "prize", options("second")))?.held()).toBe(true);
  });

  test("expires for its holder before another can take it", async () => {
    const leases = await openLeases();
    const first = await acquireLease(leases, "prize", options("first"));
    time += 1000;
    expect(first?.held()).toBe(false);
    expect(await acquireLease(leases, "prize", options("second"))).toBeUndefined();
    time += 100;
    expect((await acquireLease(leases, "prize", options("second")))?.held()).toBe(true);
  });

  test("that is renewed goes on for its full length", async () => {
    const leases = await openLeases();
    const first = await acquireLease(leases, "prize", options("first"));
    time += 900;
    expect(await first?.renew()).toBe(true);
    time += 900;
    expect(first?.held()).toBe(true);
    expect(await acquireLease(leases, "prize", options("second"))).toBeUndefined();
  });

  test("that was taken over can be neither renewed nor released by the one who lost it", async () => {
    const leases = await openLeases();
    const first = await acquireLease(leases, "prize", options("first"));
    time += 1100;
    const second = await acquireLease(leases, "prize", options("second"));
    expect(await first?.renew()).toBe(false);
    await first?.release();
    expect(second?.held()).toBe(true);
    expect(await acquireLease(leases, "prize", options("third"))).toBeUndefined();
  });

  test("is lost to a holder whose renewal comes too late, whatever its own clock says", async () => {
    const leases = await openLeases();
    const slowClock = { ...options("first"), now: () => 1_000_000 };
    const first = await acquireLease(leases, "prize", slowClock);
    time += 1100;
    await acquireLease(leases, "prize", options("second"));
    expect(await first?.renew()).toBe(false);
    expect(first?.held()).toBe(false);
  });

  test("has one winner among many who ask at once, over several connections", async () => {
    const connections = await Promise.all([openLeases(), openLeases(), openLeases()]);
    const asked = Array.from({ length: 60 }, (_, at) =>
      acquireLease(connections[at % 3]!, "prize", options(String(at))),
    );
    const won = (await Promise.all(asked)).filter((lease) => lease !== undefined);
    expect(won.length).toBe(1);
  });

  test("never has two holders among three processes", async () => {
    const journal = journalFile();
    const contenders = [1, 2, 3].map(() => contend(journal, 15));
    const codes = await Promise.all(contenders.map(async (one) => (await once(one, "exit"))[0] as number));
    expect(codes).toEqual([0, 0, 0]);
    const events = readJournal(journal);
    expect(events.length).toBe(2 * 45);
    expect(faultsOf(events)).toEqual([]);
  });

  test("of a killed process passes to another one, and only then", async () => {
    const journal = journalFile();
    const holder = contend(journal, 0);
    await eventually(() => expect(readJournal(journal)).toEqual([{ pid: holder.pid, does: "enters" }]));
    const waiting = [contend(journal, 2), contend(journal, 2)];
    const exits = waiting.map((one) => once(one, "exit"));
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(readJournal(journal).length).toBe(1);
    holder.kill("SIGKILL");
    await Promise.all(exits);
    const [first, ...rest] = readJournal(journal);
    expect(first).toEqual({ pid: holder.pid, does: "enters" });
    expect(rest.length).toBe(2 * 4);
    expect(faultsOf(rest)).toEqual([]);
  });

  const journalFile = () => {
    const journal = path.join(directory, "journal");
    writeFileSync(journal, "");
    return journal;
  };
  const contend = (journal: string, turns: number) =>
    spawn(process.execPath, ["--disable-warning=ExperimentalWarning", CONTENDER, directory, journal, String(turns)], {
      stdio: "inherit",
    });
});

interface JournalEntry {
  pid: number;
  does: string;
}

function readJournal(journal: string): JournalEntry[] {
  const lines = readFileSync(journal, "utf8").split("\n").filter(Boolean);
  return lines.map((line) => ({ pid: Number(line.split(" ")[0]), does: line.split(" ")[1]! }));
}

/** Every entry must be followed by the same process leaving: anything else means two holders or a lost lease. */
function faultsOf(events: JournalEntry[]): string[] {
  const faults: string[] = [];
  let inside: number | undefined;
  for (const { pid, does } of events) {
    if (does === "enters" && inside !== undefined) faults.push(`${pid} entered while ${inside} was inside`);
    if (does !== "enters" && inside !== pid) faults.push(`${pid} ${does} while ${inside} was inside`);
    if (does === "loses") faults.push(`${pid} lost its lease`);
    inside = does === "leaves" ? undefined : pid;
  }
  return faults;
}
