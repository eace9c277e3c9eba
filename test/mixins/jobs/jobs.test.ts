import { setTimeout as pause } from "node:timers/promises";
import { Hopeless, type Jobs } from "../../../mixins/jobs/jobs.ts";
import { sealing } from "../../../mixins/sealing.ts";
import { eventually } from "../../eventually.ts";
import { Hands, type TwoKinds } from "./hands.ts";

const MINUTE = 60_000;
const WEEK = 7 * 24 * 60 * MINUTE;
const PATIENCE = { firstPauseMs: 1000, longestPauseMs: 4000, mostTries: 5 };

let hands: Hands;
beforeEach(() => void (hands = new Hands()));
afterEach(() => hands.close());

const row = async () => (await hands.rows())[0];

/** What runs now ends when the test says so. */
function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}

test("what one process adds is done by it at once, and nothing of it is kept", async () => {
  const jobs = await hands.jobs({ lookEveryMs: MINUTE });
  const done: number[] = [];
  jobs.work({ errand: { run: async ({ number }) => void done.push(number) } });
  expect(await jobs.add("errand", { number: 7 })).toBe(true);
  await eventually(async () => expect(await row()).toMatchObject({ state: "done", payload: null, tries: 1 }));
  expect(done).toEqual([7]);
});

test("two workers on one store do each of a hundred jobs once", async () => {
  const [one, other] = [await hands.jobs(), await hands.jobs()];
  const done: number[] = [];
  const work = (worker: number) => ({
    errand: {
      run: async ({ number }: { number: number }) => {
        await pause(1);
        done.push(number);
        share[worker]! += 1;
      },
    },
  });
  const share = [0, 0];
  one.work(work(0));
  other.work(work(1));
  const numbers = Array.from({ length: 100 }, (_, number) => number);
  await Promise.all(numbers.map((number) => (number % 2 ? one : other).add("errand", { number })));
  await eventually(async () => expect((await hands.rows()).every(({ state }) => state === "done")).toBe(true));
  expect(done.sort((a, b) => a - b)).toEqual(numbers);
  expect(Math.min(...share)).toBeGreaterThan(0);
});

test("a job that waits is taken back by its key and never done; one that is in hand goes on", async () => {
  const jobs = await hands.jobs();
  const done: number[] = [];
  const { open, opened } = gate();
  await jobs.add("errand", { number: 1 }, { key: "late", runAtMs: hands.clock.nowMs + MINUTE });
  await jobs.takeBack("errand", "late");
  expect(await hands.rows()).toEqual([]);
  await jobs.add("errand", { number: 2 }, { key: "now" });
  jobs.work({ errand: { run: async ({ number }) => (await opened, void done.push(number)) } });
  await eventually(async () => expect(await row()).toMatchObject({ state: "running" }));
  await jobs.takeBack("errand", "now");
  open();
  await eventually(() => expect(done).toEqual([2]));
});

test("a job of one key is taken over once, however many bring it at once, until a week after it ended", async () => {
  const jobs = [await hands.jobs(), await hands.jobs()];
  let done = 0;
  jobs[0]!.work({ errand: { run: async () => void (done += 1) } });
  const bring = () => Promise.all(jobs.map((each) => each.add("errand", { number: 1 }, { key: "rent" })));
  expect((await bring()).filter(Boolean)).toHaveLength(1);
  await eventually(async () => expect((await row())?.state).toBe("done"));
  expect(await bring()).toEqual([false, false]);

  hands.clock.nowMs += WEEK + 1;
  await eventually(async () => expect(await row()).toBeUndefined());
  expect((await bring()).filter(Boolean)).toHaveLength(1);
  await eventually(() => expect(done).toBe(2));
});

test("a kind may forget its keys earlier", async () => {
  const jobs = await hands.jobs();
  jobs.work({ errand: { run: async () => {}, rememberedMs: MINUTE } });
  await jobs.add("errand", { number: 1 }, { key: "rent" });
  await eventually(async () => expect(await row()).toMatchObject({ dueAtMs: hands.clock.nowMs + MINUTE }));
  hands.clock.nowMs += MINUTE;
  await eventually(async () => expect(await row()).toBeUndefined());
});

test("a key is free the moment it is forgotten, whether somebody has come to the row or not", async () => {
  const jobs = await hands.jobs({ lookEveryMs: 10 * MINUTE });
  const done: number[] = [];
  jobs.work({ errand: { run: async ({ number }) => void done.push(number), rememberedMs: MINUTE } });
  await jobs.add("errand", { number: 1 }, { key: "rent" });
  await eventually(async () => expect((await row())?.state).toBe("done"));
  hands.clock.nowMs += MINUTE - 1;
  expect(await jobs.add("errand", { number: 2 }, { key: "rent" })).toBe(false);
  hands.clock.nowMs += 1;
  expect(await jobs.add("errand", { number: 3 }, { key: "rent" })).toBe(true);
  await eventually(() => expect(done).toEqual([1, 3]));
});

test("a job waits for its time", async () => {
  const jobs = await hands.jobs();
  let done = 0;
  jobs.work({ errand: { run: async () => void (done += 1) } });
  await jobs.add("errand", { number: 1 }, { runAtMs: hands.clock.nowMs + MINUTE });
  await pause(100);
  expect(done).toBe(0);
  hands.clock.nowMs += MINUTE;
  await eventually(() => expect(done).toBe(1));
});

test("a job that fails comes again after pauses that double up to the longest, and ends as failed with a reason", async () => {
  const jobs = await hands.jobs();
  const givenUp: unknown[] = [];
  let tries = 0;
  const run = () => {
    tries += 1;
    return Promise.reject(Object.assign(new Error("the secret is 42"), { type: "SHOP_CLOSED" }));
  };
  const gaveUp = async (...given: unknown[]) => void givenUp.push(given);
  jobs.work({ errand: { run, gaveUp, patience: PATIENCE } });
  await jobs.add("errand", { number: 3 });
  for (const [failures, pauseMs] of [1000, 2000, 4000, 4000].entries()) {
    const waiting = { state: "waiting", tries: failures + 1, dueAtMs: hands.clock.nowMs + pauseMs };
    await eventually(async () => expect(await row()).toMatchObject(waiting));
    hands.clock.nowMs += pauseMs;
  }
  const end = { state: "failed", reason: "SHOP_CLOSED", tries: 5, payload: null };
  await eventually(async () => expect(await row()).toMatchObject(end));
  expect([tries, givenUp]).toEqual([5, [[{ number: 3 }, "SHOP_CLOSED"]]]);
  expect(hands.log.join("\n")).not.toMatch(/42|number/);
});

test("a hopeless job is tried once", async () => {
  const jobs = await hands.jobs();
  jobs.work({ errand: { run: () => Promise.reject(new Hopeless("No such shop")) } });
  await jobs.add("errand", { number: 3 });
  await eventually(async () =>
    expect(await row()).toMatchObject({ state: "failed", reason: "No such shop", tries: 1 }),
  );
});

test("another worker takes over what a dead one had in its hands, and not before its lease is out", async () => {
  const dead = await hands.jobs({ leaseMs: MINUTE });
  const never = gate();
  dead.work({ errand: { run: () => never.opened } });
  await dead.add("errand", { number: 5 });
  await eventually(async () => expect((await row())?.state).toBe("running"));

  const heir = await hands.jobs();
  const done: number[] = [];
  heir.work({ errand: { run: async ({ number }) => void done.push(number) } });
  hands.clock.nowMs += MINUTE - 1;
  await pause(100);
  expect(done).toEqual([]);
  hands.clock.nowMs += 1000;
  await eventually(async () => expect(await row()).toMatchObject({ state: "done", tries: 2 }));
  expect(done).toEqual([5]);

  // The dead one was only slow: what it says now changes nothing.
  never.open();
  await dead.stop();
  expect(await row()).toMatchObject({ state: "done", tries: 2 });
});

test("a job that kills its workers ends as failed", async () => {
  for (let life = 1; life <= PATIENCE.mostTries; life += 1) {
    const jobs = await hands.jobs();
    jobs.work({ errand: { run: () => new Promise(() => {}), patience: PATIENCE } });
    if (life === 1) await jobs.add("errand", { number: 1 });
    await eventually(async () => expect((await row())?.tries).toBe(life));
    hands.forget(jobs);
    hands.clock.nowMs += 2 * MINUTE;
  }
  const last = await hands.jobs();
  let ran = false;
  last.work({ errand: { run: async () => void (ran = true), patience: PATIENCE } });
  await eventually(async () => expect(await row()).toMatchObject({ state: "failed", reason: "WORKER_DIED" }));
  expect(ran).toBe(false);
});

test("a worker that goes on renews its lease; one that cannot is told", async () => {
  const jobs = await hands.jobs({ leaseMs: 150 });
  const end = gate();
  let lost: AbortSignal | undefined;
  jobs.work({ errand: { run: (_errand, job) => ((lost = job.lost), end.opened) } });
  await jobs.add("errand", { number: 1 });
  const first = await eventually(async () => {
    const found = await row();
    expect(found?.state).toBe("running");
    return found!;
  });
  hands.clock.nowMs += 50;
  await eventually(async () => expect((await row())!.dueAtMs).toBe(first.dueAtMs + 50));
  expect(lost?.aborted).toBe(false);

  await hands.takeAway();
  await eventually(() => expect(lost?.aborted).toBe(true));
  end.open();
  await jobs.stop();
  expect(await row()).toMatchObject({ state: "running", tries: 9 });
});

test("a kind that hangs holds no more hands than it may; others go on, and it does too when they are free", async () => {
  const jobs = (await hands.jobs()) as unknown as Jobs<TwoKinds>;
  const end = gate();
  const [begun, done]: [number[], number[]] = [[], []];
  jobs.work({
    letter: { mostAtOnce: 2, run: async ({ number }) => (void begun.push(number), end.opened) },
    errand: { run: async ({ number }) => void done.push(number) },
  });
  for (let number = 1; number <= 8; number += 1) await jobs.add("letter", { number });
  for (let number = 1; number <= 8; number += 1) await jobs.add("errand", { number });
  await eventually(() => expect(done).toHaveLength(8));
  expect(begun).toHaveLength(2);
  end.open();
  await eventually(() => expect(begun).toHaveLength(8));
});

test("a worker leaves kinds alone that it does not know", async () => {
  const jobs = await hands.jobs();
  jobs.work({} as never);
  await jobs.add("errand", { number: 1 });
  await pause(100);
  expect(await row()).toMatchObject({ state: "waiting", tries: 0 });
});

test("stopping waits for what is in hand and begins nothing new", async () => {
  const jobs = await hands.jobs({ atOnce: 1 });
  const end = gate();
  const begun: number[] = [];
  jobs.work({ errand: { run: async ({ number }) => (void begun.push(number), end.opened) } });
  await jobs.add("errand", { number: 1 });
  await jobs.add("errand", { number: 2 });
  await eventually(() => expect(begun).toEqual([1]));
  const stopping = jobs.stop();
  expect(await Promise.race([stopping.then(() => "stopped"), pause(50, "waits")])).toBe("waits");
  end.open();
  await stopping;
  expect(begun).toEqual([1]);
  expect((await hands.rows()).map(({ state }) => state).sort()).toEqual(["done", "waiting"]);
});

describe("with a sealing", () => {
  const sealed = (secret: string) => ({ sealing: sealing(secret, "errands") });

  test("nobody reads in the store what is to be done, and who does it reads it", async () => {
    const jobs = await hands.jobs(sealed("one secret"));
    await jobs.add("errand", { number: 4711 });
    expect(JSON.stringify(await row())).not.toContain("4711");
    const done: number[] = [];
    jobs.work({ errand: { run: async ({ number }) => void done.push(number) } });
    await eventually(async () => expect(await row()).toMatchObject({ state: "done", payload: null }));
    expect(done).toEqual([4711]);
  });

  test("a job that was sealed with another secret ends at once, and says so", async () => {
    const [before, now] = [await hands.jobs(sealed("one secret")), await hands.jobs(sealed("another secret"))];
    await before.add("errand", { number: 7 });
    const told: unknown[] = [];
    now.work({
      errand: { run: async (errand) => void told.push(errand), gaveUp: async (errand) => void told.push(errand) },
    });
    await eventually(async () =>
      expect(await row()).toMatchObject({
        state: "failed",
        reason: "SEALED_WITH_ANOTHER_SECRET",
        payload: null,
        tries: 1,
      }),
    );
    expect(told).toEqual([]);
  });
});
