import { strToU8, Zip, ZipDeflate } from "fflate";

/** The archive would be larger than it may be. */
export class ArchiveTooLarge extends Error {}

/** A file of an archive and how many records it holds. */
export interface ArchivedFile {
  name: string;
  records: number;
}

/**
 * A ZIP in the making: a README, and files of records, each a JSON array. What is added is compressed at once, so that
 * records need no memory of their own.
 */
export interface Archive {
  /** Throws `ArchiveTooLarge` once the compressed bytes are beyond the limit. */
  add(file: string, record: unknown): void;
  /** The files so far, in the order in which they began. */
  files(): ArchivedFile[];
  /** The whole ZIP; nothing can be added afterwards. */
  finish(readMe: string): Buffer;
}

interface OpenFile {
  entry: ZipDeflate;
  records: number;
}

const README = "README.txt";

export function archive({ mostBytes, madeAtMs }: { mostBytes: number; madeAtMs: number }): Archive {
  const chunks: Uint8Array[] = [];
  const files = new Map<string, OpenFile>();
  let bytes = 0;
  const zip = new Zip((error, chunk) => {
    if (error) throw error;
    chunks.push(chunk);
  });

  const open = (name: string): ZipDeflate => {
    const entry = Object.assign(new ZipDeflate(name), { mtime: madeAtMs });
    zip.add(entry);
    // The ZIP holds back what comes out of a file while one before it is open: counted is what comes out of each.
    const pass = entry.ondata;
    entry.ondata = (error, chunk, final) => {
      bytes += chunk?.length ?? 0;
      pass(error, chunk, final);
    };
    return entry;
  };
  // First, so that it stands first; written last, because it tells of all others.
  const readMeEntry = open(README);

  return {
    add(name, record) {
      const file = files.get(name) ?? { entry: open(name), records: 0 };
      files.set(name, file);
      file.entry.push(strToU8(`${file.records === 0 ? "[\n" : ",\n"}${JSON.stringify(record, null, 2)}`));
      file.records += 1;
      if (bytes > mostBytes) throw new ArchiveTooLarge();
    },
    files: () => [...files].map(([name, { records }]) => ({ name, records })),
    finish(readMe) {
      for (const { entry } of files.values()) entry.push(strToU8("\n]\n"), true);
      readMeEntry.push(strToU8(readMe), true);
      zip.end();
      const whole = Buffer.concat(chunks);
      if (whole.length > mostBytes) throw new ArchiveTooLarge();
      return whole;
    },
  };
}
