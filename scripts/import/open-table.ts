import { open } from "node:fs/promises";
import { createGunzip } from "node:zlib";
import { Refusal } from "./refusal.ts";

const GZIP = Buffer.from([0x1f, 0x8b]);

/** A file that is being read from its beginning. */
export interface Table {
  bytes: AsyncIterable<Uint8Array>;
  /** How much of the file was read so far, from 0 to 1. */
  share(): number;
}

/** Opens a file, gzipped or not; throws `Refusal` when it cannot be read or is not what its name says. */
export async function openTable(file: string): Promise<Table> {
  const handle = await open(file).catch((error: NodeJS.ErrnoException) => {
    throw new Refusal(
      error.code === "ENOENT" ? `There is no file ${file}` : `${file} cannot be read: ${error.message}`,
    );
  });
  const status = await handle.stat();
  const start = Buffer.alloc(2);
  if (status.isFile()) await handle.read(start, 0, 2, 0);
  const gzipped = start.equals(GZIP);
  if (!status.isFile() || (file.endsWith(".gz") && !gzipped)) {
    await handle.close();
    throw new Refusal(`${file} is ${status.isFile() ? "not gzipped, though its name ends in .gz" : "not a file"}`);
  }
  const source = handle.createReadStream({ start: 0, highWaterMark: 64 * 1024 });
  return {
    bytes: gzipped ? unzipped(file, source) : source,
    share: () => Math.min(1, source.bytesRead / Math.max(1, status.size)),
  };
}

async function* unzipped(file: string, source: NodeJS.ReadableStream): AsyncGenerator<Buffer> {
  const gunzip = createGunzip();
  source.on("error", (error) => gunzip.destroy(error)).pipe(gunzip);
  try {
    for await (const chunk of gunzip) yield chunk as Buffer;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!code?.startsWith("Z_")) throw error;
    const why = code === "Z_BUF_ERROR" ? "ends in the middle of its gzip data" : `has damaged gzip data (${message})`;
    throw new Refusal(`${file} ${why}; the rows before that were taken`);
  }
}
