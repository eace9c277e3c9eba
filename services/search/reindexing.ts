import type { Carrier } from "../../mixins/contract.ts";
import { Listings } from "../listings/listings.contract.ts";
import { Follower, type FollowerOptions, type IndexNote } from "./follower.ts";
import type { Draft, SearchEngine } from "./search-engine.ts";
import type { Reindexing } from "./search.contract.ts";

const NEVER: Reindexing = { state: "idle", read: 0, written: 0 };

/** Begins a new index, unless one is being filled. Whoever keeps house fills it, now or after a restart. */
export async function beginReindexing(engine: SearchEngine, via: Carrier): Promise<void> {
  if (await engine.draft()) return;
  // Only for people who watch it; the owner may be away.
  const total = await Listings.countCars(via, {}).then(
    ({ onSale }) => onSale,
    () => undefined,
  );
  const reindexing: Reindexing = {
    ...{ state: "running", read: 0, written: 0, startedAt: new Date().toISOString() },
    ...(total !== undefined && { total }),
  };
  await engine.beginDraft(JSON.stringify({ reindexing } satisfies IndexNote));
}

/** How the index that is being filled stands, else how the one that answers was filled. */
export async function reindexing(engine: SearchEngine): Promise<Reindexing> {
  const draft = await engine.draft();
  const told = noteOf(await (draft ?? engine).note()).reindexing ?? NEVER;
  return draft ? { ...told, state: "running" } : told;
}

/**
 * Fills a draft to the owner's end and makes it answer. It may be interrupted anywhere and goes on from the draft's own
 * place; what changes between its last look and the turn is found by the next sweep, which goes on from there as well.
 */
export async function fill(draft: Draft, options: FollowerOptions): Promise<void> {
  const follower = new Follower(draft, options);
  try {
    await follower.follow();
    // The first walk takes its time; the second sees what came meanwhile.
    await follower.follow();
  } catch (error) {
    await annotate(draft, (told) => ({ ...told, error: String(error) })).catch(() => undefined);
    throw error;
  }
  if (!options.wanted()) return;
  await annotate(draft, ({ error: _, ...told }) => ({ ...told, state: "done", finishedAt: new Date().toISOString() }));
  await draft.promote();
}

async function annotate(draft: Draft, change: (told: Reindexing) => Reindexing): Promise<void> {
  const text = await draft.note();
  const note = noteOf(text);
  await draft.keepNote(JSON.stringify({ ...note, reindexing: change(note.reindexing ?? NEVER) }), text);
}

const noteOf = (text: string | null): IndexNote => (text === null ? {} : (JSON.parse(text) as IndexNote));
