import { isNew, type OpenCollection, type Stored } from "../../mixins/collection/collection.ts";

/** An export as it is kept. */
interface ExportFields {
  accountId: string;
  /** The account's id while this is the export that a repeated request answers; null afterwards. Unique. */
  slot: string | null;
  /** `gone`: taken away; the row stays a while, so that a job which still runs finds that it has lost. */
  state: "gathering" | "ready" | "failed" | "gone";
  askedAtMs: number;
  readyAtMs: number | null;
  /** When the row and its pieces are removed; null while it is gathered. */
  expiresAtMs: number | null;
  /** The making of the ZIP that counts. */
  edition: string | null;
  pieceCount: number;
  bytes: number | null;
  /** Of the link's token. */
  digest: string | null;
  reason: "tooLarge" | "servicesUnavailable" | null;
}
export type StoredExport = Stored<ExportFields>;

/** Everything that is asked of the exports' rows. */
export interface ExportsStore {
  byId(id: string): Promise<StoredExport | undefined>;
  byDigest(digest: string): Promise<StoredExport | undefined>;
  /** The export that a request would be answered with, if there is one. */
  current(accountId: string, nowMs: number): Promise<StoredExport | undefined>;
  /** The current export or a new one; of many who ask at once, the unique key makes one win. */
  ask(accountId: string, nowMs: number): Promise<StoredExport>;
  latest(accountId: string): Promise<StoredExport | undefined>;
  /** Some of those that an account has, until there are none; with `before`, those that were asked for before it. */
  someOf(accountId: string, before?: StoredExport): Promise<StoredExport[]>;
  /** Those under way, the oldest first. */
  gathering(): Promise<StoredExport[]>;
  expired(nowMs: number): Promise<StoredExport[]>;
  /** Compare-and-set on what was read; undefined when it is no longer current. */
  change(read: StoredExport, patch: Partial<ExportFields>): Promise<StoredExport | undefined>;
  remove(read: StoredExport): Promise<boolean>;
  close(): Promise<void>;
}

/** So long a repeated request is answered with the export that is there. */
const FRESH_MS = 3600_000;
const BATCH = 200;
const TOLD = ["gathering", "ready", "failed"] as const;

const isCurrent = ({ state, askedAtMs }: ExportFields, nowMs: number) =>
  state === "gathering" || nowMs - askedAtMs < FRESH_MS;

const newExport = (accountId: string, nowMs: number): ExportFields => ({
  ...{ accountId, slot: accountId, state: "gathering", askedAtMs: nowMs, readyAtMs: null, expiresAtMs: null },
  ...{ edition: null, pieceCount: 0, bytes: null, digest: null, reason: null },
});

export async function openExportsStore(open: OpenCollection): Promise<ExportsStore> {
  const rows = await open<ExportFields>({
    service: "exports",
    noun: "export",
    fields: {
      ...({ accountId: "text", slot: "text", state: "text", digest: "text" } as const),
      ...({ askedAtMs: "integer", expiresAtMs: "integer" } as const),
    },
    unique: [["slot"], ["digest"]],
    indexes: [["accountId", "askedAtMs"], ["state", "askedAtMs"], ["expiresAtMs"]],
  });
  const change = (read: StoredExport, patch: Partial<ExportFields>) => rows.change(read.id, read.rev, patch);
  const inSlot = async (accountId: string) => (await rows.find({ filter: { slot: accountId }, limit: 1 })).items[0];
  return {
    byId: (id) => rows.get(id),
    byDigest: async (digest) => (await rows.find({ filter: { digest }, limit: 1 })).items[0],
    async current(accountId, nowMs) {
      const held = await inSlot(accountId);
      return held && isCurrent(held, nowMs) ? held : undefined;
    },
    async ask(accountId, nowMs) {
      for (;;) {
        const held = await inSlot(accountId);
        if (held && isCurrent(held, nowMs)) return held;
        if (held) await change(held, { slot: null });
        else await isNew(rows.insert(newExport(accountId, nowMs)));
      }
    },
    async latest(accountId) {
      const filter = { accountId, state: { in: TOLD } };
      return (await rows.find({ filter, sort: ["-askedAtMs"], limit: 1 })).items[0];
    },
    async someOf(accountId, before) {
      const older = before && { id: { ne: before.id }, askedAtMs: { lte: before.askedAtMs } };
      return (await rows.find({ filter: { accountId, state: { in: TOLD }, ...older }, limit: BATCH })).items;
    },
    gathering: async () =>
      (await rows.find({ filter: { state: "gathering" }, sort: ["askedAtMs"], limit: BATCH })).items,
    expired: async (nowMs) => (await rows.find({ filter: { expiresAtMs: { lte: nowMs } }, limit: BATCH })).items,
    change,
    remove: ({ id, rev }) => rows.remove(id, rev),
    close: () => rows.close(),
  };
}
