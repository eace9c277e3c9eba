import type { CollectionDefinition } from "../../../mixins/collection/collection.ts";

/** What the processes of the durability tests write. */
export interface Entry {
  slot?: string;
  n?: number;
  winner?: string;
}

export const ledger = (durability: "normal" | "full"): CollectionDefinition<Entry> => ({
  service: "durability",
  noun: "entry",
  fields: { slot: "text", n: "integer" },
  unique: [["slot"]],
  durability,
});
