import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Store } from "../../../../mixins/collection/collection.ts";
import { sqliteStore } from "../../../../mixins/collection/sqlite-store.ts";
import { jobCollection, type JobRow } from "../../../../mixins/jobs/job-row.ts";
import { openJobs, type Jobs } from "../../../../mixins/jobs/jobs.ts";
import { openMailer, type Mailer } from "../../../../mixins/mail/mailer.ts";
import { sealing } from "../../../../mixins/sealing.ts";
import { openLetterCounts } from "../../../../services/accounts/mails/letter-counts.ts";
import {
  letterWork,
  postOffice,
  type LetterJobs,
  type PostOffice,
} from "../../../../services/accounts/mails/post-office.ts";

/** A post office of a test's own and the mail server that it speaks to. */
export class Counter {
  readonly directory: string;
  readonly clock = { nowMs: Date.now() };
  readonly log: string[] = [];
  private readonly store: Store;
  private readonly stops: (() => Promise<void>)[] = [];

  constructor(directory = mkdtempSync(path.join(tmpdir(), "post-"))) {
    this.directory = directory;
    this.store = sqliteStore({ directory });
  }

  /** `secret` seals what waits. */
  async open(url: string | undefined, secret = "a secret for tests only, 32 or more"): Promise<PostOffice> {
    const clock = () => this.clock.nowMs;
    const logger = { warn: (line: string) => void this.log.push(line) };
    const jobs: Jobs<LetterJobs> = await openJobs({
      ...{ open: this.store.open, service: "accounts", logger, clock, lookEveryMs: 20 },
      sealing: sealing(secret, "test"),
    });
    const outbox = path.join(this.directory, "outbox");
    const mailer: Mailer = openMailer({ url, from: "Hallabong <hello@example.com>", outbox, logger });
    const counts = await openLetterCounts(this.store.open, secret, clock);
    jobs.work({ letter: letterWork(mailer, counts, clock) });
    this.stops.push(() => jobs.stop());
    return postOffice(jobs, clock);
  }

  async rows(): Promise<JobRow[]> {
    const rows = await this.store.open<JobRow>(jobCollection("accounts"));
    return (await rows.find({ limit: 100 })).items;
  }

  async stop(): Promise<void> {
    await Promise.all(this.stops.splice(0).map((stop) => stop()));
  }

  async close(): Promise<void> {
    await this.stop();
    await this.store.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
