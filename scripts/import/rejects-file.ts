import { createWriteStream, type WriteStream } from "node:fs";
import { once } from "node:events";
import { Refusal } from "./refusal.ts";

/** The rows that could not be taken, as CSV: line, reason, row. */
export interface RejectsFile {
  add(line: number, reason: string, row: string): Promise<void>;
  count(): number;
  close(): Promise<void>;
}

/** Makes the file with the first row that it gets. */
export function rejectsFile(path: string): RejectsFile {
  let stream: WriteStream | undefined;
  let rows = 0;
  return {
    async add(line, reason, row) {
      stream ??= await opened(path);
      rows++;
      if (!stream.write(`${line},${quoted(reason)},${quoted(row)}\n`)) await once(stream, "drain");
    },
    count: () => rows,
    async close() {
      if (stream) await new Promise<void>((resolve) => stream!.end(resolve));
    },
  };
}

async function opened(path: string): Promise<WriteStream> {
  const stream = createWriteStream(path);
  await once(stream, "open").catch((error: Error) => {
    throw new Refusal(`The rejected rows cannot be written to ${path}: ${error.message}`);
  });
  stream.write("line,reason,row\n");
  return stream;
}

const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
