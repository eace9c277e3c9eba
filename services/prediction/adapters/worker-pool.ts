import { Worker } from "node:worker_threads";

/** What travels to a worker: data it keeps from now on, data it may forget, or one job. */
export type ToWorker<Job> =
  { kind: "keep"; key: string; value: unknown } | { kind: "forget"; key: string } | { kind: "job"; job: Job };
/** What comes back from a job. */
export type FromWorker<Result> = { result: Result } | { error: string };

/** More jobs wait than a caller would have patience for. */
export class PoolFull extends Error {}
/** The worker died over the job, and so did the next one; or the pool closed meanwhile. */
export class WorkerLost extends Error {}

type Pending<Job, Result> = {
  job: Job;
  triesLeft: number;
  resolve: (result: Result) => void;
  reject: (error: Error) => void;
};
type Place<Job, Result> = { worker: Worker; current: Pending<Job, Result> | undefined };

/** A worker that dies takes its job along; the job gets one more try in a fresh worker. */
const TRIES = 2;

/**
 * Threads that take jobs one at a time each, started when first needed. A thread that dies is replaced; its job is
 * tried once more and then fails.
 */
export class WorkerPool<Job, Result> {
  readonly #script: URL;
  readonly #size: number;
  readonly #mostWaiting: number;
  readonly #kept = new Map<string, unknown>();
  readonly #waiting: Pending<Job, Result>[] = [];
  readonly #places = new Set<Place<Job, Result>>();
  #closed = false;

  constructor(options: { script: URL; size: number; mostWaiting: number }) {
    this.#script = options.script;
    this.#size = options.size;
    this.#mostWaiting = options.mostWaiting;
  }

  /** Gives every worker, also those started later, a value under a key. */
  keep(key: string, value: unknown): void {
    this.#kept.set(key, value);
    this.#tellAll({ kind: "keep", key, value });
  }

  forget(key: string): void {
    this.#kept.delete(key);
    this.#tellAll({ kind: "forget", key });
  }

  /** Jobs that no thread has taken yet. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** @throws PoolFull, WorkerLost, or Error with the worker's message */
  run(job: Job): Promise<Result> {
    if (this.#closed) return Promise.reject(new WorkerLost("The worker pool is closed"));
    if (this.#waiting.length >= this.#mostWaiting) return Promise.reject(new PoolFull("Too many jobs are waiting"));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, triesLeft: TRIES, resolve, reject });
      this.#handOut();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#waiting.splice(0).forEach(({ reject }) => reject(new WorkerLost("The worker pool is closed")));
    await Promise.all([...this.#places].map(({ worker }) => worker.terminate()));
  }

  #handOut(): void {
    while (this.#waiting.length > 0 && !this.#closed) {
      const place = this.#idlePlace();
      if (!place) return;
      place.current = this.#waiting.shift()!;
      place.current.triesLeft -= 1;
      this.#tell(place.worker, { kind: "job", job: place.current.job });
    }
  }

  #idlePlace(): Place<Job, Result> | undefined {
    const idle = [...this.#places].find((place) => !place.current);
    return idle ?? (this.#places.size < this.#size ? this.#start() : undefined);
  }

  #start(): Place<Job, Result> {
    const place: Place<Job, Result> = { worker: new Worker(this.#script), current: undefined };
    this.#places.add(place);
    let cause = "A worker stopped";
    place.worker.on("message", (message: FromWorker<Result>) => this.#finish(place, message));
    place.worker.on("error", (error) => (cause = `A worker failed: ${error.message}`));
    place.worker.on("exit", () => this.#bury(place, cause));
    for (const [key, value] of this.#kept) this.#tell(place.worker, { kind: "keep", key, value });
    return place;
  }

  #finish(place: Place<Job, Result>, message: FromWorker<Result>): void {
    const done = place.current;
    place.current = undefined;
    if ("error" in message) done?.reject(new Error(message.error));
    else done?.resolve(message.result);
    this.#handOut();
  }

  #bury(place: Place<Job, Result>, cause: string): void {
    this.#places.delete(place);
    const lost = place.current;
    if (lost && lost.triesLeft > 0 && !this.#closed) this.#waiting.unshift(lost);
    else lost?.reject(new WorkerLost(cause));
    this.#handOut();
  }

  #tellAll(message: ToWorker<Job>): void {
    for (const { worker } of this.#places) this.#tell(worker, message);
  }

  #tell(worker: Worker, message: ToWorker<Job>): void {
    worker.postMessage(message);
  }
}
