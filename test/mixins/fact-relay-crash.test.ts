import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Collection, Store } from "../../mixins/collection/collection.ts";
import { sqliteStore } from "../../mixins/collection/sqlite-store.ts";
import { eventually } from "../eventually.ts";
import { CrashingProcess } from "./crash/crashing-process.ts";
import { entriesDefinition, notesDefinition, type Entry, type Note } from "./crash/notes.ts";

const KILLS = 50;
const UNANSWERED_AT_LEAST = 10;
/** Writes kept under way, so that a kill always finds some unanswered. */
const UNDER_WAY = 60;
const MANY = 1_000_000;

describe("Facts of a process that is killed again and again", () => {
  let directory: string;
  let store: Store;
  let notes: Collection<Note>;
  let entries: Collection<Entry>;
  let running: CrashingProcess | undefined;

  beforeEach(async () => {
    directory = mkdtempSync(path.join(tmpdir(), "crash-"));
    store = sqliteStore({ directory });
    notes = await store.open(notesDefinition);
    entries = await store.open(entriesDefinition);
  });
  afterEach(async () => {
    await running?.kill();
    await store.close();
    rmSync(directory, { recursive: true });
  });

  const unrelayed = async () => (await notes.unsentFacts(MANY)).map(({ documentId }) => documentId);

  /** One life: writes continuously and dies at a random moment while enough is under way. */
  async function liveAndDie(life: number, mode: string[] = []) {
    const process = (running = await CrashingProcess.start(directory, mode));
    let written = 0;
    const writing = setInterval(() => {
      while (process.unanswered < UNDER_WAY) process.write(`${life}-${written++}`);
    }, 1);
    await eventually(() => expect(process.answered.size).toBeGreaterThan(0));
    await pause(Math.random() * 200);
    const ofThisLife = async () => (await unrelayed()).filter((id) => process.sent.has(id));
    while (process.unanswered < UNANSWERED_AT_LEAST || (await ofThisLife()).length === 0) await pause(1);
    await process.kill();
    clearInterval(writing);
    running = undefined;
    const left = await ofThisLife();
    return {
      answered: [...process.answered],
      unanswered: process.unanswered,
      unrelayed: left.length,
      answeredButUnrelayed: left.filter((id) => process.answered.has(id)).length,
    };
  }

  async function liveAndDieRepeatedly(times: number, mode: string[] = []) {
    const lives: Awaited<ReturnType<typeof liveAndDie>>[] = [];
    for (let life = 1; life <= times; life++) lives.push(await liveAndDie(life, mode));
    return lives;
  }

  async function all<T extends object>(collection: Collection<T>) {
    return (await collection.find({ limit: MANY })).items;
  }

  test(
    `after ${KILLS} kills every answered write is stored and every fact has had its effect once`,
    async () => {
      const lives = await liveAndDieRepeatedly(KILLS);
      running = await CrashingProcess.start(directory);
      await eventually(async () => expect(await unrelayed()).toEqual([]), 60_000);

      const stored = await all(notes);
      const effects = await all(entries);
      const counts = lives.map((life) => `${life.unanswered}/${life.unrelayed}/${life.answeredButUnrelayed}`);
      process.stdout.write(
        `${KILLS} kills, ${stored.length} notes; unanswered writes/unrelayed facts/of these answered: ${counts.join(" ")}\n`,
      );
      for (const life of lives) {
        expect(life.unanswered).toBeGreaterThanOrEqual(UNANSWERED_AT_LEAST);
        expect(life.unrelayed).toBeGreaterThan(0);
      }
      expect(lives.some((life) => life.answeredButUnrelayed > 0)).toBe(true);
      const ids = new Set(stored.map(({ id }) => id));
      expect(lives.flatMap(({ answered }) => answered).filter((id) => !ids.has(id))).toEqual([]);
      const pair = (noteId: string, factId: string) => `${noteId} ${factId}`;
      expect(effects.map((entry) => pair(entry.noteId, entry.factId)).sort()).toEqual(
        stored.map((note) => pair(note.id, note.factId)).sort(),
      );
    },
    10 * 60_000,
  );

  test("are lost when the relay does not take up what earlier processes left", async () => {
    const lives = await liveAndDieRepeatedly(3, ["without-restart"]);
    running = await CrashingProcess.start(directory, ["without-restart"]);
    running.write("last");
    await eventually(async () => expect((await all(entries)).map(({ noteId }) => noteId)).toContain("last"));
    await eventually(async () => expect(await unrelayed()).not.toContain("last"));

    const applied = new Set((await all(entries)).map(({ factId }) => factId));
    const lost = (await all(notes)).filter(({ factId }) => !applied.has(factId));
    expect(lost.length).toBeGreaterThan(0);
    expect(await unrelayed()).toEqual(expect.arrayContaining(lost.map(({ id }) => id)));
    expect(lives.every((life) => life.unrelayed > 0)).toBe(true);
  }, 120_000);
});
