import { createHash } from "node:crypto";
import type { FactSource } from "../../mixins/bus/relay.ts";
import { isNew, type OpenCollection } from "../../mixins/collection/collection.ts";
import { ListingsImported } from "./listings.contract.ts";

type ImportState = "begun" | "finished";

/** A batch, known by the hash of its cars, or a whole import, known by its name. */
interface LedgerEntry {
  importId: string;
  inserted?: number;
  state?: ImportState;
}

/** Remembers imports and carries their facts. */
export interface ImportLedger {
  /** Notes a stored batch with its fact; a batch that is noted already and brought nothing new is not noted again. */
  noteBatch(importId: string, importKeys: readonly string[], inserted: number): Promise<void>;
  state(importId: string): Promise<ImportState | undefined>;
  noteState(importId: string, state: ImportState): Promise<void>;
  factSource: FactSource;
}

export async function openImportLedger(open: OpenCollection): Promise<ImportLedger> {
  const entries = await open<LedgerEntry>({ service: "listings", noun: "import", fields: {} });
  return {
    factSource: entries,
    async noteBatch(importId, importKeys, inserted) {
      const id = createHash("sha256").update(importKeys.join()).digest("base64url");
      const facts = [ListingsImported({ importId, inserted })];
      // A process that died between the cars and this entry is made up for here: the repeated batch is not noted yet.
      if (await isNew(entries.insert({ id, importId, inserted }, facts))) return;
      if (inserted > 0) await entries.insert({ importId, inserted }, facts);
    },
    state: async (importId) => (await entries.get(importId))?.state,
    async noteState(importId, state) {
      const noted = await entries.get(importId);
      if (noted) await entries.change(importId, noted.rev, { state });
      else await isNew(entries.insert({ id: importId, importId, state }));
    },
  };
}
