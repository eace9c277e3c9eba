import { hash } from "node:crypto";

/** At the start of a file: what it is, and of which make. */
const MAGIC = "BLOOM-01";
const HEADER_BYTES = MAGIC.length + 4;

/** Whether a text was put in: "no" is certain, "yes" is wrong once in so many texts, as its bits per entry decide. */
export type Filter = (text: string) => boolean;

/**
 * A Bloom filter as bytes: magic, how many bits each text sets (32 bits, big-endian), the bits. The same entries give
 * the same bytes, in whatever order they come. With 24 bits for each entry a foreign text passes once in 100,000.
 */
export function packFilter(entries: ReadonlySet<string>, bitsPerEntry: number): Buffer {
  const perText = Math.round(bitsPerEntry * Math.LN2);
  const bits = Buffer.alloc(Math.ceil((entries.size * bitsPerEntry) / 8));
  for (const entry of entries) {
    for (const at of places(entry, perText, bits.length * 8)) bits[at >> 3]! |= 1 << (at & 7);
  }
  const header = Buffer.from(`${MAGIC}0000`);
  header.writeUInt32BE(perText, MAGIC.length);
  return Buffer.concat([header, bits]);
}

/** Throws for bytes that `packFilter` has not made. */
export function readFilter(bytes: Buffer): Filter {
  if (bytes.length <= HEADER_BYTES || bytes.toString("latin1", 0, MAGIC.length) !== MAGIC) {
    throw new Error(`Not a ${MAGIC} filter`);
  }
  const perText = bytes.readUInt32BE(MAGIC.length);
  const bits = bytes.subarray(HEADER_BYTES);
  return (text) => places(text, perText, bits.length * 8).every((at) => (bits[at >> 3]! & (1 << (at & 7))) !== 0);
}

/** The bits of a text, by two halves of one hash (Kirsch and Mitzenmacher, "Less hashing, same performance", 2006). */
function places(text: string, count: number, size: number): number[] {
  const digest = hash("sha256", text, "buffer");
  const [first, step] = [digest.readUIntBE(0, 6) % size, digest.readUIntBE(6, 6) % size];
  return Array.from({ length: count }, (_, index) => (first + index * step) % size);
}
