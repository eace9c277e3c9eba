import type { CollectionDefinition } from "../collection/collection.ts";
import type { Patience } from "./work.ts";

/** A job as its owner's store keeps it. */
export interface JobRow {
  kind: string;
  /** JSON, or sealed; null once the job has ended: what was in it is nobody's business any more. */
  payload: unknown;
  state: "waiting" | "running" | "done" | "failed";
  /**
   * When something is to be done with the row next, Unix milliseconds: its first or next try, while it runs the end of
   * its worker's lease, and once it has ended the removal of the row.
   */
  dueAtMs: number;
  tries: number;
  onceKey: string | null;
  /** Why it failed, or failed last. */
  reason: string | null;
}

/** One index serves every question, because every state has one moment that matters. */
export const jobCollection = (service: string): CollectionDefinition<JobRow> => ({
  service,
  noun: "job",
  fields: { kind: "text", state: "text", dueAtMs: "integer", onceKey: "text" },
  unique: [["kind", "onceKey"]],
  indexes: [["dueAtMs"]],
});

/** So long a job's key is remembered after it ended, unless its kind says otherwise. */
export const DEFAULT_REMEMBERED_MS = 7 * 24 * 3600_000;
/** How far the clocks of two machines may differ: so much later than its owner believes does a lease end for others. */
const CLOCK_SKEW_MS = 500;

export const DEFAULT_PATIENCE: Patience = { firstPauseMs: 2000, longestPauseMs: 15 * 60_000, mostTries: 16 };

export const newJob = (kind: string, payload: unknown, key: string | undefined, dueAtMs: number): JobRow => ({
  ...{ kind, payload, state: "waiting", dueAtMs, tries: 0, onceKey: key ?? null, reason: null },
});

/** Somebody takes it into their hands. The try counts now, so that a job which kills its workers ends, too. */
export const taken = ({ tries }: JobRow, nowMs: number, leaseMs: number) => ({
  ...{ state: "running" as const, tries: tries + 1, dueAtMs: nowMs + leaseMs + CLOCK_SKEW_MS },
});

/** Its worker lives and goes on. */
export const renewed = (nowMs: number, leaseMs: number) => ({ dueAtMs: nowMs + leaseMs + CLOCK_SKEW_MS });

export const hasEnded = ({ state }: JobRow): boolean => state === "done" || state === "failed";

export const done = (forgottenAtMs: number) => ({
  ...{ state: "done" as const, payload: null, reason: null, dueAtMs: forgottenAtMs },
});

export const failed = (reason: string, forgottenAtMs: number) => ({
  ...{ state: "failed" as const, payload: null, reason, dueAtMs: forgottenAtMs },
});

/** It did not work this time. */
export const waiting = (reason: string, pauseMs: number, nowMs: number) => ({
  ...{ state: "waiting" as const, reason, dueAtMs: nowMs + pauseMs },
});

/** The pause after so many tries: it doubles up to the longest. */
export const pauseMs = (tries: number, { firstPauseMs, longestPauseMs }: Patience): number =>
  Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(tries - 1, 50));
