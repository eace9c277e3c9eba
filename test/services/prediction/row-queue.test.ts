import fc from "fast-check";
import { rowQueue } from "../../../services/prediction/adapters/row-queue.ts";

/** A batch function that doubles numbers when told to, and remembers what each run brought. */
function heldRuns() {
  const runs: number[][] = [];
  const release: (() => void)[] = [];
  const run = (rows: readonly number[]) => {
    runs.push([...rows]);
    return new Promise<number[]>((resolve) => release.push(() => resolve(rows.map((row) => row * 2))));
  };
  return { runs, run, next: () => release.shift()!() };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

test("calls one after another each run alone, at once", async () => {
  const { runs, run, next } = heldRuns();
  const ask = rowQueue(run, 64);
  for (const row of [1, 2, 3]) {
    const answer = ask([row]);
    expect(runs.at(-1)).toEqual([row]);
    next();
    expect(await answer).toEqual([row * 2]);
  }
  expect(runs).toEqual([[1], [2], [3]]);
});

test("what arrives during a run goes together in the next one, each caller gets its own rows", async () => {
  const { runs, run, next } = heldRuns();
  const ask = rowQueue(run, 64);
  const answers = [ask([1]), ask([2]), ask([3, 4]), ask([5])];
  next();
  await turn();
  next();
  expect(await Promise.all(answers)).toEqual([[2], [4], [6, 8], [10]]);
  expect(runs).toEqual([[1], [2, 3, 4, 5]]);
});

test("a run takes no more rows than it may, a larger single call goes alone", async () => {
  const { runs, run, next } = heldRuns();
  const ask = rowQueue(run, 3);
  const answers = [ask([1]), ask([2, 3]), ask([4, 5]), ask([6, 7, 8, 9]), ask([10])];
  for (let runsLeft = 5; runsLeft > 0; runsLeft--) {
    next();
    await turn();
  }
  await Promise.all(answers);
  expect(runs).toEqual([[1], [2, 3], [4, 5], [6, 7, 8, 9], [10]]);
});

test("a failing run fails its callers only", async () => {
  let failing = true;
  const ask = rowQueue(async (rows: readonly number[]) => {
    await turn();
    if (failing) throw new Error("broken");
    return rows;
  }, 64);
  const first = ask([1]);
  await expect(first).rejects.toThrow("broken");
  failing = false;
  expect(await ask([2])).toEqual([2]);
});

test("every caller gets the answers to its own rows under any arrival", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ rows: fc.array(fc.nat(), { minLength: 1, maxLength: 9 }), wait: fc.boolean() })),
      async (calls) => {
        const ask = rowQueue(async (rows: readonly number[]) => (await turn(), rows.map((row) => -row)), 12);
        const answers: Promise<number[]>[] = [];
        for (const { rows, wait } of calls) {
          answers.push(ask(rows));
          if (wait) await turn();
        }
        expect(await Promise.all(answers)).toEqual(calls.map(({ rows }) => rows.map((row) => -row)));
      },
    ),
    { numRuns: 50 },
  );
});
