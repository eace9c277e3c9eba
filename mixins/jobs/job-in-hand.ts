import type { Collection, Stored } from "../collection/collection.ts";
import { codeOf } from "../failure.ts";
import {
  DEFAULT_PATIENCE,
  DEFAULT_REMEMBERED_MS,
  done,
  failed,
  pauseMs,
  renewed,
  waiting,
  type JobRow,
} from "./job-row.ts";
import type { Payloads } from "./payloads.ts";
import { Hopeless, type Work } from "./work.ts";

interface Surroundings {
  rows: Collection<JobRow>;
  payloads: Payloads;
  logger: Pick<Console, "warn">;
  clock: () => number;
  leaseMs: number;
}

/** Does a job that is this process's and notes how it ended. Rejects when it could not be noted: then it comes again. */
export async function doJob(row: Stored<JobRow>, work: Work<unknown>, surroundings: Surroundings): Promise<void> {
  const lease = keepLease(row, surroundings);
  try {
    const outcome = await attempt(row, work, lease.lost, surroundings);
    await lease.end(outcome);
  } finally {
    lease.letGo();
  }
}

/** One try; answers what becomes of the row. */
async function attempt(
  row: Stored<JobRow>,
  work: Work<unknown>,
  lost: AbortSignal,
  { payloads, logger, clock }: Surroundings,
): Promise<Partial<JobRow>> {
  const { id, kind, tries } = row;
  const { patience = DEFAULT_PATIENCE, rememberedMs = DEFAULT_REMEMBERED_MS } = work;
  const opened = payloads.open(kind, row.payload);
  let reason: string;
  try {
    if (!opened) throw new Hopeless("SEALED_WITH_ANOTHER_SECRET");
    // A row that was tried too often already died with its last worker.
    if (tries > patience.mostTries) throw new Hopeless(row.reason ?? "WORKER_DIED");
    await work.run(opened.payload, { id, tries, lost });
    return done(clock() + rememberedMs);
  } catch (error) {
    reason = error instanceof Hopeless ? error.message : codeOf(error);
    if (!(error instanceof Hopeless) && tries < patience.mostTries) {
      logger.warn(`Job ${kind} ${id} failed, try ${tries}: ${reason}`);
      return waiting(reason, pauseMs(tries, patience), clock());
    }
  }
  logger.warn(`Job ${kind} ${id} failed for good, try ${tries}: ${reason}`);
  await (opened && work.gaveUp?.(opened.payload, reason))?.catch((error: unknown) =>
    logger.warn(`Job ${kind} ${id} could not be given up well: ${codeOf(error)}`),
  );
  return failed(reason, clock() + rememberedMs);
}

/** Renews a job's lease. Every write is compare-and-set on the one before: who lost the job changes nothing. */
function keepLease(row: Stored<JobRow>, { rows, leaseMs, clock }: Surroundings) {
  const lost = new AbortController();
  const lose = () => lost.abort();
  let current: Stored<JobRow> | undefined = row;
  let lastWrite = Promise.resolve();
  let expiry = setTimeout(lose, leaseMs).unref();

  const write = (patch: Partial<JobRow>) => {
    const written = lastWrite.then(async () => {
      current = current && (await rows.change(current.id, current.rev, patch));
      if (!current) lose();
    });
    lastWrite = written.catch(() => undefined);
    return written;
  };
  const renew = async () => {
    const startedMs = performance.now();
    await write(renewed(clock(), leaseMs));
    clearTimeout(expiry);
    if (!lost.signal.aborted) expiry = setTimeout(lose, leaseMs - (performance.now() - startedMs)).unref();
  };
  // A renewal that failed is made up for by the next one, or the lease runs out.
  const renewing = setInterval(() => void renew().catch(() => undefined), leaseMs / 3).unref();
  const letGo = () => {
    clearInterval(renewing);
    clearTimeout(expiry);
  };
  return {
    lost: lost.signal,
    end: (outcome: Partial<JobRow>) => {
      clearInterval(renewing);
      return write(outcome);
    },
    letGo,
  };
}
