import type { CollectionDefinition, OpenCollection } from "../../mixins/collection/collection.ts";

/** A part of a ZIP: so it needs no disk that processes share, and no document is too large for MongoDB. */
interface PieceFields {
  exportId: string;
  /** One making of the ZIP: pieces of two of them never mix. */
  edition: string;
  /** 0, 1, 2 … */
  number: number;
  base64: string;
}

/** The ZIPs, in pieces. */
export interface Pieces {
  /** Answers how many pieces it became. */
  put(exportId: string, edition: string, zip: Buffer): Promise<number>;
  /** The base64 of the whole; undefined when a piece is missing. */
  whole(edition: string, count: number): Promise<string | undefined>;
  /** Removes every piece of an export, or those of one edition only. */
  remove(exportId: string, edition?: string): Promise<void>;
  close(): Promise<void>;
}

/** A multiple of three, so that the base64 of pieces put together is that of the whole; 200,000 characters each. */
const PIECE_BYTES = 150_000;
const REMOVED_AT_ONCE = 20;

export const pieceCollection: CollectionDefinition<PieceFields> = {
  service: "exports",
  noun: "piece",
  fields: { exportId: "text", edition: "text", number: "integer" },
  unique: [["edition", "number"]],
  indexes: [["exportId"]],
};

export async function openPieces(open: OpenCollection): Promise<Pieces> {
  const pieces = await open<PieceFields>(pieceCollection);
  return {
    async put(exportId, edition, zip) {
      const count = Math.ceil(zip.length / PIECE_BYTES);
      for (let number = 0; number < count; number += 1) {
        const base64 = zip.subarray(number * PIECE_BYTES, (number + 1) * PIECE_BYTES).toString("base64");
        await pieces.insert({ exportId, edition, number, base64 });
      }
      return count;
    },
    async whole(edition, count) {
      const { items } = await pieces.find({ filter: { edition }, sort: ["number"], limit: count });
      return items.length === count ? items.map(({ base64 }) => base64).join("") : undefined;
    },
    async remove(exportId, edition) {
      const filter = { exportId, ...(edition !== undefined && { edition }) };
      for (;;) {
        const { items } = await pieces.find({ filter, limit: REMOVED_AT_ONCE });
        if (items.length === 0) return;
        await Promise.all(items.map(({ id }) => pieces.remove(id)));
      }
    },
    close: () => pieces.close(),
  };
}
