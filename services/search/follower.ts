import type { ServiceBroker } from "moleculer";
import type { Carrier } from "../../mixins/contract.ts";
import { removal } from "./domain/car-document.ts";
import { changesAfter, operationsFor, write, type Change, type Place } from "./indexing.ts";
import type { Index } from "./search-engine.ts";
import type { Reindexing } from "./search.contract.ts";

/** What is kept with an index: how far it has followed the owner, and how it was filled if operators asked for it. */
export interface IndexNote {
  place?: Place;
  reindexing?: Reindexing;
}

export interface FollowerOptions {
  via: Carrier;
  logger: ServiceBroker["logger"];
  /** Asked before each batch: false ends the walk. */
  wanted: () => boolean;
  /** Called after cars were indexed. */
  onIndexed?: () => Promise<void>;
}

/** A write may become visible after a later one: each half minute the last minute is read again. */
const OVERLAP_MS = 60_000;
const OVERLAP_EVERY_MS = 30_000;

/**
 * Takes the owner's changes over into one index, from the place in its note. Several may follow for the same index: a
 * place is noted after everything up to it was taken over, and only instead of the note that was read.
 */
export class Follower {
  readonly #index: Index;
  readonly #options: FollowerOptions;
  /** Versions taken over within the overlap, so that reading them again costs nothing. */
  readonly #seen = new Map<string, { rev: number; changedAt: string }>();
  #noted: string | null = null;
  #overlapAt = 0;

  constructor(index: Index, options: FollowerOptions) {
    this.#index = index;
    this.#options = options;
  }

  /** Follows to the owner's end as it is now; answers how many writes the index took. */
  async follow(): Promise<number> {
    const { via, wanted, onIndexed } = this.#options;
    let note = await this.#note();
    const overlap = note.place !== undefined && this.#overlapAt + OVERLAP_EVERY_MS <= Date.now();
    const startedAt = Date.now();
    let written = 0;
    for await (const changes of changesAfter(via, overlap ? before(note.place!, OVERLAP_MS) : note.place)) {
      if (!wanted()) return written;
      const taken = await this.#take(changes.filter(({ id, rev }) => this.#seen.get(id)?.rev !== rev));
      note = await this.#keep(note, { place: changes.at(-1)!, read: changes.length, taken });
      for (const { id, rev, changedAt } of changes) this.#seen.set(id, { rev, changedAt });
      if (taken > 0) await onIndexed?.();
      written += taken;
    }
    if (overlap) this.#overlapAt = startedAt;
    if (note.place) this.#forgetBefore(before(note.place, OVERLAP_MS).changedAt);
    return written;
  }

  /** False while the owner has changes that have been waiting for longer than an overlap. */
  async isLevel(): Promise<boolean> {
    const { place } = await this.#note();
    for await (const [first] of changesAfter(this.#options.via, place)) {
      return Date.now() - Date.parse(first!.changedAt) < OVERLAP_MS;
    }
    return true;
  }

  /** When somebody else wrote it, or the index is another one, nothing is known of what it holds. */
  async #note(): Promise<IndexNote> {
    const text = await this.#index.note();
    if (text !== this.#noted) {
      this.#seen.clear();
      this.#overlapAt = 0;
    }
    this.#noted = text;
    return text === null ? {} : (JSON.parse(text) as IndexNote);
  }

  async #keep(note: IndexNote, step: { place: Place; read: number; taken: number }): Promise<IndexNote> {
    if (note.place && !isLater(step.place, note.place)) return note;
    const {
      place: { changedAt, id },
      read,
      taken,
    } = step;
    const { reindexing } = note;
    const progress = reindexing && { read: reindexing.read + read, written: reindexing.written + taken };
    const next: IndexNote = {
      place: { changedAt, id },
      ...(reindexing && { reindexing: reindexing.state === "running" ? { ...reindexing, ...progress } : reindexing }),
    };
    const text = JSON.stringify(next);
    await this.#index.keepNote(text, this.#noted);
    this.#noted = text;
    return next;
  }

  async #take(changes: readonly Change[]): Promise<number> {
    const { via, logger } = this.#options;
    const cars = changes.flatMap((change) => (change.removed ? [] : [change.car]));
    const removed = changes.flatMap((change) => (change.removed ? [removal(change.id, change.rev)] : []));
    return write(this.#index, [...removed, ...(await operationsFor(via, cars))], logger);
  }

  #forgetBefore(changedAt: string): void {
    for (const [id, seen] of this.#seen) if (seen.changedAt < changedAt) this.#seen.delete(id);
  }
}

const isLater = (one: Place, other: Place): boolean =>
  one.changedAt === other.changedAt ? one.id > other.id : one.changedAt > other.changedAt;

const before = ({ changedAt }: Place, ms: number): Place => ({
  changedAt: new Date(Date.parse(changedAt) - ms).toISOString(),
  id: "",
});
