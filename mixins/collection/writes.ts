import { setImmediate as nextTurn } from "node:timers/promises";
import type { Fact } from "../contract.ts";
import { DuplicateKey } from "./collection.ts";
import type { DocumentAdapter, RowQuery, RowUpdate } from "./document-adapter.ts";
import { LIVE } from "./reads.ts";
import { newRow, ownFields, type Row } from "./row.ts";

/** Rows that one insert carries; between two the event loop gets its turn. */
const BATCH = 500;
/** Fact ids that a document remembers as counted. */
const REMEMBERED_IDS = 256;
const REMOVED: RowQuery = { _removed: { $eq: true } };

/** Inserts a row; where a tombstone holds its id, the tombstone comes back to life with a higher `rev`. */
export async function insertRow(adapter: DocumentAdapter, row: Row): Promise<Row> {
  for (;;) {
    try {
      return await adapter.insert(row);
    } catch (error) {
      if (!isTakenId(error)) throw error;
    }
    const holder = await adapter.findById(row._id);
    if (holder !== undefined && !holder._removed) throw new DuplicateKey(["id"]);
    const revived = holder && (await revive(adapter, holder, row));
    if (revived) return revived;
  }
}

/** Inserts rows in no order; answers how many were stored. Tombstones come back to life as for `insertRow`. */
export async function insertRows(adapter: DocumentAdapter, rows: readonly Row[]): Promise<number> {
  let inserted = 0;
  for (let start = 0; start < rows.length; start += BATCH) {
    if (start > 0) await nextTurn();
    const batch = rows.slice(start, start + BATCH);
    const refused = (await adapter.insertUnordered(batch)).map((at) => batch[at]!);
    inserted += batch.length - refused.length + (await reviveSome(adapter, refused));
  }
  return inserted;
}

async function reviveSome(adapter: DocumentAdapter, rows: readonly Row[]): Promise<number> {
  if (rows.length === 0) return 0;
  const holders = await adapter.find({ query: { _id: { $in: rows.map(({ _id }) => _id) }, ...REMOVED } });
  const tombstones = new Map(holders.map((holder) => [holder._id, holder]));
  let revived = 0;
  for (const row of rows) {
    const tombstone = tombstones.get(row._id);
    if (tombstone && (await revive(adapter, tombstone, row).catch(undefinedIfTaken))) revived++;
  }
  return revived;
}

/** Makes a tombstone the given document; undefined when somebody else did so first. */
function revive(adapter: DocumentAdapter, tombstone: Row, row: Row): Promise<Row | undefined> {
  const fields = ownFields(row);
  const leftovers = ownFields(tombstone).filter((field) => !fields.includes(field));
  return adapter.updateOne(
    { ...holding(row._id, tombstone.rev), ...REMOVED },
    {
      $set: { ...pick(row, fields), createdAt: row.createdAt, ...(row._once && { _once: row._once }) },
      $unset: without(["_removed", ...leftovers]),
      $inc: { rev: 1 },
      $max: { changedAt: row.changedAt },
      ...storing(row._facts),
    },
  );
}

/** The update that applies a patch: `absent` names the fields to take away. */
export function patching(
  { present, absent }: { present: Record<string, unknown>; absent: readonly string[] },
  now: string,
  facts: readonly Fact[] = [],
): RowUpdate {
  return {
    ...(Object.keys(present).length > 0 && { $set: present }),
    ...(absent.length > 0 && { $unset: without(absent) }),
    $inc: { rev: 1 },
    $max: { changedAt: now },
    ...storing(facts),
  };
}

/** Matches one live document that is still at `rev`. */
export const holding = (id: string, rev: number): RowQuery => ({ _id: { $eq: id }, rev: { $eq: rev } });

/** Turns a document into a tombstone; false when it is missing or not at `rev`. */
export async function removeRow(
  adapter: DocumentAdapter,
  id: string,
  rev: number | undefined,
  now: string,
  facts: readonly Fact[],
): Promise<boolean> {
  for (;;) {
    const row = await adapter.findById(id);
    if (row === undefined || row._removed || (rev !== undefined && row.rev !== rev)) return false;
    const { $set, ...update } = patching({ present: { _removed: true }, absent: ownFields(row) }, now, facts);
    if (await adapter.updateOne({ ...holding(id, row.rev), ...LIVE }, { ...update, ...($set && { $set }) }))
      return true;
  }
}

/** Adds to number fields, making the document when it is missing; with `once` each such id counts once. */
export async function incrementRow(
  adapter: DocumentAdapter,
  id: string,
  fields: Readonly<Record<string, number>>,
  now: string,
  once: string | undefined,
): Promise<Row> {
  const uncounted: RowQuery = once === undefined ? {} : { _once: { $ne: once } };
  const remember = { $push: { _once: { $each: [once], $slice: -REMEMBERED_IDS } } };
  for (;;) {
    try {
      const counted = await adapter.updateOne(
        { _id: { $eq: id }, ...LIVE, ...uncounted },
        {
          $inc: fields,
          $max: { changedAt: now },
          $setOnInsert: { rev: 1, createdAt: now },
          ...(once !== undefined && remember),
        },
        { upsert: true },
      );
      return counted!;
    } catch (error) {
      if (!isTakenId(error)) throw error;
    }
    const holder = await adapter.findById(id);
    if (once !== undefined && holder?._once?.includes(once)) return holder;
    if (!holder?._removed) continue;
    const row = newRow(id, fields, now);
    if (once !== undefined) row._once = [...(holder._once ?? []), once].slice(-REMEMBERED_IDS);
    const revived = await revive(adapter, holder, row);
    if (revived) return revived;
  }
}

const isTakenId = (error: unknown) => error instanceof DuplicateKey && error.key.join() === "id";
const storing = (facts: readonly Fact[] = []): RowUpdate =>
  facts.length > 0 ? { $push: { _facts: { $each: facts } } } : {};
const without = (fields: readonly string[]): Record<string, true> =>
  Object.fromEntries(fields.map((field) => [field, true as const]));
const pick = (row: Row, fields: readonly string[]) => Object.fromEntries(fields.map((field) => [field, row[field]]));

function undefinedIfTaken(error: unknown): undefined {
  if (!(error instanceof DuplicateKey)) throw error;
}
