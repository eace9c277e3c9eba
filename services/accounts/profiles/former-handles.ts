import { isNew, type OpenCollection, type Stored } from "../../../mixins/collection/collection.ts";

/** A handle that somebody gave up; the document's id is the handle. */
interface FormerHandleFields {
  accountId: string;
  /** Until then it leads to its former owner and is nobody else's to take, Unix milliseconds. */
  reservedUntilMs: number;
}
export type FormerHandle = Stored<FormerHandleFields>;

/** Handles that were given up, each kept for its former owner for a while. */
export interface FormerHandles {
  /** Who a handle is kept for; undefined for one that is kept no longer, or never was. */
  keptFor(handle: string): Promise<string | undefined>;
  /** Keeps a handle for its owner from now on. To be called before the owner gives it up. */
  keep(handle: string, accountId: string): Promise<void>;
  /** Those that are kept for an account, latest first. */
  of(accountId: string): Promise<FormerHandle[]>;
  /** Keeps nothing for an account any more. */
  forget(accountId: string): Promise<void>;
  purge(nowMs: number): Promise<number>;
  close(): Promise<void>;
}

const KEPT_MS = 30 * 24 * 3600_000;
/** So that nobody gathers handles by changing their own again and again. */
const MOST_KEPT = 10;
const BATCH = 500;

export async function openFormerHandles(open: OpenCollection, clock: () => number): Promise<FormerHandles> {
  const rows = await open<FormerHandleFields>({
    service: "accounts",
    noun: "formerHandle",
    fields: { accountId: "text", reservedUntilMs: "integer" },
    indexes: [["accountId", "reservedUntilMs"], ["reservedUntilMs"]],
  });
  const all = async (accountId: string) =>
    (await rows.find({ filter: { accountId }, sort: ["-reservedUntilMs"], limit: BATCH })).items;
  const write = async (handle: string, fields: FormerHandleFields) => {
    const row = await rows.get(handle);
    if (!row) return isNew(rows.insert({ id: handle, ...fields }));
    return (await rows.change(handle, row.rev, fields)) !== undefined;
  };
  return {
    async keptFor(handle) {
      const row = await rows.get(handle);
      return row && row.reservedUntilMs > clock() ? row.accountId : undefined;
    },
    async keep(handle, accountId) {
      while (!(await write(handle, { accountId, reservedUntilMs: clock() + KEPT_MS })));
      const surplus = (await all(accountId)).slice(MOST_KEPT);
      await Promise.all(surplus.map(({ id, rev }) => rows.remove(id, rev)));
    },
    of: async (accountId) => (await all(accountId)).filter(({ reservedUntilMs }) => reservedUntilMs > clock()),
    async forget(accountId) {
      await Promise.all((await all(accountId)).map(({ id, rev }) => rows.remove(id, rev)));
    },
    async purge(nowMs) {
      const { items } = await rows.find({ filter: { reservedUntilMs: { lte: nowMs } }, limit: BATCH });
      await Promise.all(items.map(({ id, rev }) => rows.remove(id, rev)));
      return items.length;
    },
    close: () => rows.close(),
  };
}
