import type { Collection, Stored } from "../collection/collection.ts";
import { codeOf } from "../failure.ts";
import { doJob } from "./job-in-hand.ts";
import { hasEnded, taken, type JobRow } from "./job-row.ts";
import type { Payloads } from "./payloads.ts";
import type { Works } from "./work.ts";

interface WorkerOptions {
  rows: Collection<JobRow>;
  works: Works<Record<string, unknown>>;
  payloads: Payloads;
  logger: Pick<Console, "warn">;
  clock: () => number;
  leaseMs: number;
  lookEveryMs: number;
  atOnce: number;
}

/** The hands of one process. */
export interface Worker {
  /** There may be something to do. */
  look(): void;
  stop(): Promise<void>;
}

/** Looks for what is due, now and every so often, and does it, so many at a time. */
export function startWorking(options: WorkerOptions): Worker {
  const { rows, works, logger, clock, lookEveryMs, atOnce } = options;
  const inHand = new Map<Promise<void>, string>();
  let looking: Promise<void> | undefined;
  let lookAgain = false;
  let stopped = false;

  const isFree = (kind: string) => {
    const { mostAtOnce = atOnce } = works[kind]!;
    return [...inHand.values()].filter((held) => held === kind).length < mostAtOnce;
  };

  /** Takes what is due while a hand is free for it. Of several workers that see a row, compare-and-set picks one. */
  const takeWhatIsDue = async () => {
    do {
      lookAgain = false;
      const filter = { dueAtMs: { lte: clock() }, kind: { in: Object.keys(works).filter(isFree) } };
      const limit = atOnce - inHand.size;
      const { items } = limit > 0 ? await rows.find({ filter, sort: ["dueAtMs"], limit }) : { items: [] };
      for (const row of items) if (!stopped && isFree(row.kind)) await take(row);
      // A full hand may have left some behind; a job that ends looks again by itself.
      if (items.length === limit && limit > 0) lookAgain = true;
    } while (lookAgain && !stopped);
  };

  const take = async (row: Stored<JobRow>) => {
    if (hasEnded(row)) return void (await rows.remove(row.id, row.rev));
    const mine = await rows.change(row.id, row.rev, taken(row, clock(), options.leaseMs));
    if (!mine) return;
    const doing: Promise<void> = doJob(mine, works[mine.kind]!, options)
      .catch((error: unknown) => logger.warn(`Job ${mine.kind} ${mine.id} could not be noted: ${codeOf(error)}`))
      .finally(() => {
        inHand.delete(doing);
        look();
      });
    inHand.set(doing, mine.kind);
  };

  const look = () => {
    lookAgain = true;
    if (stopped || looking) return;
    looking = takeWhatIsDue()
      .catch((error: unknown) => logger.warn(`Looking for jobs failed: ${codeOf(error)}`))
      .finally(() => {
        looking = undefined;
        if (lookAgain) look();
      });
  };

  const timer = setInterval(look, lookEveryMs).unref();
  look();
  return {
    look,
    async stop() {
      stopped = true;
      clearInterval(timer);
      await looking;
      await Promise.all(inHand.keys());
    },
  };
}
