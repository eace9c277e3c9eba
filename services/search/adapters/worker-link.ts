import { Worker } from "node:worker_threads";
import { SearchError } from "../search-engine.ts";

/** What a worker is started with. */
export interface WorkerRole {
  path: string;
  role: "write" | "read";
  refreshMs: number;
}
export interface WorkerCall {
  number: number;
  method: string;
  args: unknown[];
}
interface Pending {
  resolve(result: unknown): void;
  reject(fault: SearchError): void;
  timer: NodeJS.Timeout;
}
type Answer = { ready: true } | { number: number; result?: unknown; fault?: string };

const MOST_PENDING = 256;

/** Calls into one worker, in order. A worker that dies or does not answer in time is replaced at the next call. */
export class WorkerLink {
  readonly #role: WorkerRole;
  readonly #timeoutMs: number;
  readonly #pending = new Map<number, Pending>();
  #worker: Promise<Worker> | undefined;
  #number = 0;
  #closed = false;

  constructor(role: WorkerRole, timeoutMs: number) {
    this.#role = role;
    this.#timeoutMs = timeoutMs;
  }

  get busy(): number {
    return this.#pending.size;
  }

  /** Resolves when the worker has opened the index. */
  async open(): Promise<void> {
    await this.#running();
  }

  async call<T = never>(method: string, ...args: unknown[]): Promise<T> {
    if (this.#closed) throw new SearchError("UNAVAILABLE", "The engine is closed");
    if (this.busy >= MOST_PENDING) throw new SearchError("OVERLOADED", "Too many searches are waiting", 1);
    const worker = await this.#running();
    const number = this.#number++;
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new SearchError("TIMEOUT", `No answer within ${this.#timeoutMs} ms`));
        void worker.terminate();
      }, this.#timeoutMs);
      this.#pending.set(number, { resolve: resolve as Pending["resolve"], reject, timer });
      worker.postMessage({ number, method, args } satisfies WorkerCall);
    });
  }

  async close(): Promise<void> {
    const worker = await this.#worker?.catch(() => undefined);
    if (worker) await this.call("close").catch(() => undefined);
    this.#closed = true;
    await worker?.terminate();
  }

  #running(): Promise<Worker> {
    return (this.#worker ??= this.#start());
  }

  async #start(): Promise<Worker> {
    const worker = new Worker(new URL("./sqlite.worker.ts", import.meta.url), { workerData: this.#role });
    return new Promise((resolve, reject) => {
      worker.on("message", (answer: Answer) => ("ready" in answer ? resolve(worker) : this.#settle(answer)));
      let reason = "The worker ended";
      worker.on("error", (fault) => (reason = fault instanceof Error ? fault.message : reason));
      worker.on("exit", () => {
        const error = new SearchError("UNAVAILABLE", reason);
        this.#worker = undefined;
        reject(error);
        for (const { reject, timer } of this.#pending.values()) {
          clearTimeout(timer);
          reject(error);
        }
        this.#pending.clear();
      });
    });
  }

  #settle(answer: { number: number; result?: unknown; fault?: string }): void {
    const pending = this.#pending.get(answer.number);
    if (!pending) return;
    this.#pending.delete(answer.number);
    clearTimeout(pending.timer);
    if (answer.fault === undefined) pending.resolve(answer.result);
    else pending.reject(new SearchError("UNAVAILABLE", answer.fault));
  }
}
