import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Collection, Store, Stored } from "../../../mixins/collection/collection.ts";
import { sqliteStore } from "../../../mixins/collection/sqlite-store.ts";
import { jobCollection, type JobRow } from "../../../mixins/jobs/job-row.ts";
import { openJobs, type Jobs, type JobsOptions } from "../../../mixins/jobs/jobs.ts";

/** Payloads of the kinds that tests use. */
export type Errands = { errand: { number: number } };
/** As some tests use two. */
export type TwoKinds = Errands & { letter: { number: number } };

/** Some processes' jobs over one directory, each by a connection of its own, and a clock that tests move. */
export class Hands {
  readonly directory = mkdtempSync(path.join(tmpdir(), "jobs-"));
  readonly clock = { nowMs: Date.now() };
  readonly log: string[] = [];
  private readonly stores: Store[] = [];
  private view: Promise<Collection<JobRow>> | undefined;
  private readonly opened: Jobs<Errands>[] = [];

  async jobs(options: Partial<JobsOptions> = {}): Promise<Jobs<Errands>> {
    const jobs = await openJobs<Errands>({
      ...{ open: this.store(), service: "chores", clock: () => this.clock.nowMs, lookEveryMs: 20 },
      logger: { warn: (line: string) => void this.log.push(line) },
      ...options,
    });
    this.opened.push(jobs);
    return jobs;
  }

  /** The rows as they are kept. */
  async rows(): Promise<Stored<JobRow>[]> {
    return (await (await this.kept()).find({ limit: 500 })).items;
  }

  /** Somebody else takes every row, as after a long silence of its worker. */
  async takeAway(): Promise<void> {
    await (await this.kept()).changeWhere({}, { tries: 9 });
  }

  /** As if its process had died: closing does not wait for it. */
  forget(dead: Jobs<Errands>): void {
    this.opened.splice(this.opened.indexOf(dead), 1);
  }

  async close(): Promise<void> {
    await Promise.all(this.opened.map((jobs) => jobs.stop()));
    await Promise.all(this.stores.map((store) => store.close()));
    rmSync(this.directory, { recursive: true, force: true });
  }

  private kept(): Promise<Collection<JobRow>> {
    return (this.view ??= this.store()(jobCollection("chores")));
  }

  private store() {
    const store = sqliteStore({ directory: this.directory });
    this.stores.push(store);
    return store.open;
  }
}
