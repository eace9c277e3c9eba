import { PoolFull, WorkerLost, WorkerPool } from "../../../services/prediction/adapters/worker-pool.ts";
import type { FragileJob } from "./fragile.worker.ts";

let pool: WorkerPool<FragileJob, unknown>;
const openPool = (size: number, mostWaiting = 100) =>
  (pool = new WorkerPool({ script: new URL("./fragile.worker.ts", import.meta.url), size, mostWaiting }));
afterEach(() => pool.close());

test("jobs are answered, each with its own result", async () => {
  openPool(2);
  const numbers = Array.from({ length: 20 }, (_, index) => index);
  const results = await Promise.all(numbers.map((number) => pool.run({ do: "double", with: number })));
  expect(results).toEqual(numbers.map((number) => number * 2));
});

test("what is kept reaches every worker, also those started later, until it is forgotten", async () => {
  openPool(1);
  pool.keep("greeting", "안녕");
  expect(await pool.run({ do: "say", with: "greeting" })).toBe("안녕");
  await expect(pool.run({ do: "die", with: 0 })).rejects.toThrow();
  expect(await pool.run({ do: "say", with: "greeting" })).toBe("안녕");
  pool.forget("greeting");
  expect(await pool.run({ do: "say", with: "greeting" })).toBeUndefined();
});

test("a worker that dies is replaced and its job tried once more", async () => {
  openPool(1);
  const deaths = new SharedArrayBuffer(4);
  expect(await pool.run({ do: "dieOnce", with: deaths })).toEqual(expect.any(Number));
  expect(new Int32Array(deaths)[0]).toBe(2);
});

test("a job that kills two workers fails clearly, and the jobs behind it are done", async () => {
  openPool(1);
  const deadly = pool.run({ do: "die", with: 0 });
  const next = pool.run({ do: "double", with: 21 });
  await expect(deadly).rejects.toThrow(WorkerLost);
  expect(await next).toBe(42);
});

test("a job that throws is told so and its worker goes on", async () => {
  openPool(1);
  await expect(pool.run({ do: "throw", with: 0 })).rejects.toThrow("no such thing");
  expect(await pool.run({ do: "double", with: 1 })).toBe(2);
});

test("more jobs than may wait are refused at once", async () => {
  openPool(1, 2);
  const accepted = [1, 2, 3].map((number) => pool.run({ do: "double", with: number }));
  await expect(pool.run({ do: "double", with: 4 })).rejects.toThrow(PoolFull);
  expect(await Promise.all(accepted)).toEqual([2, 4, 6]);
});

test("closing ends what waits and what runs", async () => {
  openPool(1);
  const jobs = [1, 2, 3].map((number) => pool.run({ do: "double", with: number }));
  const outcomes = Promise.allSettled(jobs);
  await pool.close();
  expect((await outcomes).every(({ status }) => status === "rejected")).toBe(true);
  await expect(pool.run({ do: "double", with: 4 })).rejects.toThrow("closed");
});
