import type { Collection } from "../../mixins/collection/collection.ts";
import { acquireLease, type Lease, type LeaseRow } from "../../mixins/lease.ts";

const LENGTH_MS = 10_000;
/** Whoever has not kept house for so long is gone, also in a slow rolling upgrade. */
const ABANDONED_AFTER_MS = 3_600_000;

export interface DutyOptions {
  openLeases: () => Promise<Collection<LeaseRow>>;
  /** The engine's kind: nodes of one kind and version share an index. */
  kind: string;
  version: number;
  /** Who asks, for people to read. */
  holder: string;
}

/**
 * Of the nodes that share an index one keeps house: it sweeps, rates again, fills drafts and tidies. Another takes over
 * when it leaves, or ten seconds after it died.
 */
export class Duty {
  readonly #options: DutyOptions;
  readonly #since = Date.now();
  readonly #leaving = Promise.withResolvers<never>();
  #leases: Promise<Collection<LeaseRow>> | undefined;
  #lease: Lease | undefined;
  #renewing: NodeJS.Timeout | undefined;

  constructor(options: DutyOptions) {
    this.#options = options;
    this.#leaving.promise.catch(() => undefined);
  }

  /** Ask before each step that two nodes should not do at once. */
  get isMine(): boolean {
    return this.#lease?.held() ?? false;
  }

  /** Takes the duty if nobody has it; rejects when the store of the leases does not answer. */
  async claim(): Promise<boolean> {
    if (this.isMine) return true;
    clearInterval(this.#renewing);
    const { kind, version, holder } = this.#options;
    this.#lease = await acquireLease(await this.#open(), nameOf(kind, version), { holder, lengthMs: LENGTH_MS });
    if (this.#lease) this.#renewing = setInterval(() => void this.#renew(), LENGTH_MS / 3).unref();
    return this.isMine;
  }

  /** Waits no longer for leases that could not be opened yet: their store may be away for good. */
  leave(): void {
    this.#leaving.reject(new Error("This node leaves"));
  }

  async release(): Promise<void> {
    clearInterval(this.#renewing);
    await this.#lease?.release().catch(() => undefined);
    this.#lease = undefined;
  }

  /** True when no node of that version has kept house for an hour, as far as this one can tell. */
  async isAbandoned(version: number): Promise<boolean> {
    const row = await (await this.#open()).get(nameOf(this.#options.kind, version));
    const lastSeen = Math.max(this.#since, row ? Date.parse(row.changedAt) : 0);
    return lastSeen + ABANDONED_AFTER_MS < Date.now();
  }

  #open(): Promise<Collection<LeaseRow>> {
    this.#leases ??= Promise.race([this.#options.openLeases(), this.#leaving.promise]);
    this.#leases.catch(() => (this.#leases = undefined));
    return this.#leases;
  }

  /** A renewal that fails is tried again in time, or the duty passes on. */
  async #renew(): Promise<void> {
    await this.#lease?.renew().catch(() => undefined);
  }
}

const nameOf = (kind: string, version: number): string => `${kind}-v${version}`;
