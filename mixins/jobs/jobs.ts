import { isNew, type Collection, type OpenCollection } from "../collection/collection.ts";
import type { Sealing } from "../sealing.ts";
import { hasEnded, jobCollection, newJob, type JobRow } from "./job-row.ts";
import { payloads as payloadsOf } from "./payloads.ts";
import type { Works } from "./work.ts";
import { startWorking, type Worker } from "./worker.ts";

export { Hopeless, type JobInHand, type Patience, type Work, type Works } from "./work.ts";

/**
 * Work that is owed: rows in the owner's store, done by whichever process has a hand free. `P` maps each kind to its
 * payload, which is JSON. Payloads appear in no log, and leave the store when the job has ended; with a sealing nobody
 * reads them there.
 */
export interface Jobs<P> {
  /**
   * Takes a job over: once this has answered, it will be done or given up with a reason, whatever becomes of this
   * process. With a key it is taken over once (the unique key decides), however it ended, until a while after it ended (`rememberedMs`);
   * false for a repetition. `runAtMs` (Unix milliseconds) lets it wait. A process that works begins at once.
   */
  add<K extends keyof P & string>(kind: K, payload: P[K], options?: AddOptions): Promise<boolean>;
  /** Takes a job back by its key; one that is in somebody's hands, or was, is left to them. */
  takeBack(kind: keyof P & string, key: string): Promise<void>;
  /** From now on this process does such jobs, too; those of other kinds it leaves to others. Call it once. */
  work(works: Works<P>): void;
  /** Takes no more into its hands, waits for what it has, and closes the rows. */
  stop(): Promise<void>;
}

export interface AddOptions {
  key?: string | undefined;
  runAtMs?: number | undefined;
}

export interface JobsOptions {
  open: OpenCollection;
  /** Whose store the rows are kept in. */
  service: string;
  logger: Pick<Console, "warn">;
  /** What payloads rest sealed with: links that open accounts, addresses of people. Default: they rest as they are. */
  sealing?: Sealing;
  /** Unix milliseconds. */
  clock?: () => number;
  /** How long a job is somebody's without a sign of life; renewed while it runs. Default 60 seconds. */
  leaseMs?: number;
  /** How often it looks for what others added, whose time has come, or whose worker died. Default 2 seconds. */
  lookEveryMs?: number;
  /** How many jobs one process does at a time. Default 4. */
  atOnce?: number;
}

/** Opens the jobs of a service. Nothing is done before `work`. */
export async function openJobs<P extends object>(options: JobsOptions): Promise<Jobs<P>> {
  const { open, service, logger, clock = Date.now } = options;
  const payloads = payloadsOf(options.sealing);
  const { leaseMs = 60_000, lookEveryMs = 2000, atOnce = 4 } = options;
  const rows = await open<JobRow>(jobCollection(service));
  let worker: Worker | undefined;
  return {
    async add(kind, payload, { key, runAtMs = clock() } = {}) {
      const insert = () => isNew(rows.insert(newJob(kind, payloads.keep(kind, payload), key, runAtMs)));
      const added =
        (await insert()) || ((await forgetEnded(rows, { kind, onceKey: key! }, clock())) && (await insert()));
      worker?.look();
      return added;
    },
    async takeBack(kind, key) {
      const [row] = (await rows.find({ filter: { kind, onceKey: key }, limit: 1 })).items;
      if (row?.state === "waiting") await rows.remove(row.id, row.rev);
    },
    work(works) {
      worker = startWorking({
        rows,
        works: works as Works<Record<string, unknown>>,
        ...{ payloads, logger, clock, leaseMs, lookEveryMs, atOnce },
      });
    },
    async stop() {
      await worker?.stop();
      await rows.close();
    },
  };
}

/** Whether a key was free but for the row of a job that ended long enough ago; somebody has removed it then. */
async function forgetEnded(rows: Collection<JobRow>, filter: { kind: string; onceKey: string }, nowMs: number) {
  const [row] = (await rows.find({ filter, limit: 1 })).items;
  const isFree = row === undefined || (hasEnded(row) && row.dueAtMs <= nowMs);
  if (row && isFree) await rows.remove(row.id, row.rev);
  return isFree;
}
