import { isNew, type OpenCollection, type Stored } from "../../../mixins/collection/collection.ts";
import { findEvery, removeEvery } from "../../../mixins/collection/every-match.ts";
import { TooManyHandleChanges } from "./profiles.contract.ts";

/** A handle that somebody gave up. */
interface FormerHandleFields {
  /** Unique; not the document's id, which a forgotten one would leave behind. */
  handle: string;
  accountId: string;
  /** Until then it leads to its former owner and is nobody else's to take, Unix milliseconds. */
  reservedUntilMs: number;
}
export type FormerHandle = Stored<FormerHandleFields>;

/** Handles that were given up, each kept for its former owner for a while. */
export interface FormerHandles {
  /** Who a handle is kept for; undefined for one that is kept no longer, or never was. */
  keptFor(handle: string): Promise<string | undefined>;
  /**
   * Keeps a handle for its owner from now on. To be called before the owner gives it up. Throws
   * `TOO_MANY_HANDLE_CHANGES` when so many others are kept already.
   */
  keep(handle: string, accountId: string): Promise<void>;
  /** Keeps a handle from everybody for as long, and does not say whose it was: a deleted account's last one. */
  retire(handle: string): Promise<void>;
  /** Those that are kept for an account, latest first. */
  of(accountId: string): Promise<FormerHandle[]>;
  /** Keeps nothing for an account any more. */
  forget(accountId: string): Promise<void>;
  purge(nowMs: number): Promise<number>;
  close(): Promise<void>;
}

const KEPT_MS = 30 * 24 * 3600_000;
/** No account's id. */
const NOBODY = "nobody";
/** So that nobody gathers handles by changing their own again and again. */
export const MOST_KEPT = 5;

export async function openFormerHandles(open: OpenCollection, clock: () => number): Promise<FormerHandles> {
  const rows = await open<FormerHandleFields>({
    service: "accounts",
    noun: "formerHandle",
    fields: { handle: "text", accountId: "text", reservedUntilMs: "integer" },
    unique: [["handle"]],
    indexes: [["accountId", "reservedUntilMs"], ["reservedUntilMs"]],
  });
  const all = (accountId: string) => findEvery(rows, { accountId }, ["-reservedUntilMs"]);
  const keptOf = async (accountId: string) =>
    (await all(accountId)).filter(({ reservedUntilMs }) => reservedUntilMs > clock());
  const byHandle = async (handle: string) => (await rows.find({ filter: { handle }, limit: 1 })).items[0];
  const write = async (fields: FormerHandleFields) => {
    const row = await byHandle(fields.handle);
    return row ? (await rows.change(row.id, row.rev, fields)) !== undefined : isNew(rows.insert(fields));
  };
  const until = () => ({ reservedUntilMs: clock() + KEPT_MS });
  return {
    async keptFor(handle) {
      const row = await byHandle(handle);
      return row && row.reservedUntilMs > clock() ? row.accountId : undefined;
    },
    async keep(handle, accountId) {
      const others = (await keptOf(accountId)).filter((row) => row.handle !== handle);
      if (others.length >= MOST_KEPT) throw TooManyHandleChanges();
      while (!(await write({ handle, accountId, ...until() })));
    },
    async retire(handle) {
      while (!(await write({ handle, accountId: NOBODY, ...until() })));
    },
    of: keptOf,
    async forget(accountId) {
      await removeEvery(rows, { accountId });
    },
    purge: (nowMs) => removeEvery(rows, { reservedUntilMs: { lte: nowMs } }),
    close: () => rows.close(),
  };
}
