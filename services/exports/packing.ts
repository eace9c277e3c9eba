import { randomUUID } from "node:crypto";
import type { Carrier } from "../../mixins/contract.ts";
import { Hopeless, type JobInHand, type Jobs, type Patience, type Work } from "../../mixins/jobs/jobs.ts";
import { Accounts } from "../accounts/accounts.contract.ts";
import { ArchiveTooLarge } from "./domain/archive.ts";
import { exportsEnded } from "./exports.metrics.ts";
import type { ExportsStore, StoredExport } from "./exports.store.ts";
import { gather } from "./gathering.ts";
import type { LinkTokens } from "./domain/link-tokens.ts";
import type { Pieces } from "./pieces.store.ts";
import { takeAwayAll } from "./taking-away.ts";

/** The kinds of jobs that exports are made by. */
export interface ExportJobs {
  pack: { exportId: string };
}

/** What a process needs to make exports. */
export interface Packing {
  rows: ExportsStore;
  pieces: Pieces;
  tokens: LinkTokens;
  via: Carrier;
  publicUrl: string;
  clock: () => number;
  mostBytes: number;
  patience: Patience;
}

/** So long the link of a mail works, and a failure is told. */
export const KEPT_MS = 7 * 24 * 3600_000;

const TOO_LARGE = "TOO_LARGE";

/** The job of an export: gather all, keep the ZIP, write the mail. Each step may have been done by a worker that died. */
export const packing = (parts: Packing): Work<ExportJobs["pack"]> => ({
  patience: parts.patience,
  async run({ exportId }, job) {
    const found = await parts.rows.byId(exportId);
    const ready = found?.state === "gathering" ? await pack(parts, found, job) : found;
    if (ready?.state === "ready") await announce(parts, ready);
  },
  async gaveUp({ exportId }, why) {
    const reason = why === TOO_LARGE ? "tooLarge" : "servicesUnavailable";
    await fail(parts, exportId, reason);
  },
});

/**
 * Makes the ZIP and the row that tells of it; undefined when the export was taken away meanwhile. Each try claims the
 * row for an edition of its own: a worker that lost the job writes pieces that nobody reads, and removes them.
 */
async function pack(parts: Packing, found: StoredExport, job: JobInHand): Promise<StoredExport | undefined> {
  const { rows, pieces, tokens, via, clock, mostBytes } = parts;
  const edition = randomUUID();
  const claimed = await rows.change(found, { edition });
  if (!claimed) throw new Error("Somebody else has this export");
  const { id, accountId } = claimed;
  // What a worker left that died.
  await pieces.remove(id);
  const mayGoOn = () => job.lost.throwIfAborted();
  const zip = await gather({ via, accountId, nowMs: clock(), mostBytes, mayGoOn }).catch((error: unknown) => {
    throw error instanceof ArchiveTooLarge ? new Hopeless(TOO_LARGE) : error;
  });
  const pieceCount = await pieces.put(id, edition, zip);
  const ready = await rows.change(claimed, {
    ...{ state: "ready", pieceCount, bytes: zip.length, digest: tokens.digestOf(tokens.of(id)) },
    ...{ readyAtMs: clock(), expiresAtMs: clock() + KEPT_MS },
  });
  if (ready) exportsEnded.add({ outcome: "ready" });
  else await withdraw(parts, claimed, edition);
  return ready;
}

/** Removes what nobody will read. Throws when the export is still to be made: whoever has the job tries again. */
async function withdraw({ rows, pieces }: Packing, { id }: StoredExport, edition: string): Promise<void> {
  await pieces.remove(id, edition);
  if ((await rows.byId(id))?.state === "gathering") throw new Error("Somebody else was at this export");
}

/** The mail, once: its key is the export's. Older links end, so that a member has one copy lying about. */
async function announce(parts: Packing, ready: StoredExport): Promise<void> {
  const { tokens, via, publicUrl } = parts;
  const { id, accountId, expiresAtMs } = ready;
  const link = `${publicUrl}/api/accounts/exports/download?token=${tokens.of(id)}`;
  const letter = { kind: "exportReady" as const, link, expiresAt: new Date(expiresAtMs!).toISOString() };
  const { language } = await Accounts.mailTo(via, { accountId, key: `export ${id}`, letter });
  // Without a language there is nobody to write to any more: then this one goes, too.
  await takeAwayAll(parts, accountId, language === null ? undefined : ready);
}

/** An export that is gathered for longer was forgotten, whatever has happened to its job. */
const LONGEST_GATHERING_MS = 3 * 24 * 3600_000;

/** Adds the job that is owed: a process may have died between the row and its job. The key makes it one job. */
export async function owe(parts: Packing, jobs: Jobs<ExportJobs>, { id, askedAtMs }: StoredExport): Promise<void> {
  if (parts.clock() - askedAtMs > LONGEST_GATHERING_MS) return fail(parts, id, "servicesUnavailable");
  await jobs.add("pack", { exportId: id }, { key: id });
}

/** Notes a failure, unless something else has become of the export. */
async function fail(
  { rows, pieces, clock }: Packing,
  exportId: string,
  reason: NonNullable<StoredExport["reason"]>,
): Promise<void> {
  for (;;) {
    const found = await rows.byId(exportId);
    if (found?.state !== "gathering") return;
    const failed = await rows.change(found, {
      ...{ state: "failed", slot: null, reason, expiresAtMs: clock() + KEPT_MS },
    });
    if (!failed) continue;
    exportsEnded.add({ outcome: reason });
    return pieces.remove(exportId);
  }
}
