import { parse } from "csv-parse/sync";
import { Lines, type Line } from "./lines.ts";

/** One record of a CSV file; `line` is the line of the file it begins on, counted from 1. */
export interface CsvRecord {
  line: number;
  values: string[];
}
/** Text that is no record: where it begins, why, and its beginning. */
export interface CsvFault {
  line: number;
  reason: string;
  text: string;
}

const QUOTE = 0x22;
const SHOWN_CHARACTERS = 200;

/**
 * Reads comma-separated records (RFC 4180, UTF-8) from bytes, in memory that does not grow with the input. The first
 * record is the header; the others have as many values. What cannot be read is told as a fault and costs one line: after
 * a quote that is never closed the reading goes on with the next line. Blank lines are passed over.
 */
export async function* csvRecords(
  bytes: AsyncIterable<Uint8Array>,
  { longestRecordBytes = 64 * 1024 } = {},
): AsyncGenerator<CsvRecord | CsvFault> {
  const lines = new Lines(longestRecordBytes);
  const records = new Records(longestRecordBytes);
  for await (const chunk of bytes) {
    for (const line of lines.take(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))) {
      yield* records.take(line);
    }
  }
  for (const line of lines.end()) yield* records.take(line);
  yield* records.end();
}

/** Joins lines to records: a record ends with the line that leaves no quote open. */
class Records {
  readonly #longest: number;
  #columns: number | undefined;
  #open: Line[] = [];
  #length = 0;
  #quoted = false;

  constructor(longest: number) {
    this.#longest = longest;
  }

  *take(line: Line): Generator<CsvRecord | CsvFault> {
    for (const waiting = [line]; waiting.length > 0;) {
      const next = waiting.shift()!;
      this.#open.push(next);
      if (hasOddQuotes(next.bytes)) this.#quoted = !this.#quoted;
      this.#length += next.bytes.length;
      if (this.#quoted && this.#length <= this.#longest && !next.cut) return;
      const { found, unread } = this.#close();
      if (found) yield found;
      waiting.unshift(...unread);
    }
  }

  *end(): Generator<CsvRecord | CsvFault> {
    while (this.#open.length > 0) {
      const { found, unread } = this.#close();
      if (found) yield found;
      for (const line of unread) yield* this.take(line);
    }
  }

  /** Reads the open lines as one record. If they are none, the first is at fault and the others are yet to be read. */
  #close(): { found: CsvRecord | CsvFault | undefined; unread: Line[] } {
    const [first, ...others] = this.#open as [Line, ...Line[]];
    const readable = !this.#quoted && this.#length <= this.#longest;
    this.#open = [];
    this.#length = 0;
    this.#quoted = false;
    const { values, reason } = readable ? this.#read([first, ...others]) : {};
    if (values) return { found: { line: first.number, values }, unread: [] };
    if (others.length === 0 && first.bytes.every((byte) => byte === 0x20)) return { found: undefined, unread: [] };
    const text = first.bytes.toString().slice(0, SHOWN_CHARACTERS);
    const why = first.cut ? `longer than ${this.#longest} bytes` : (reason ?? "a quote is not closed");
    return { found: { line: first.number, reason: why, text }, unread: others };
  }

  #read(lines: Line[]): { values?: string[]; reason?: string } {
    const text = textOf(lines);
    if (text === undefined) return { reason: "not UTF-8" };
    try {
      const [values = [], ...more] = parse(text, { relax_column_count: true, record_delimiter: "\n" }) as string[][];
      if (values.length === 0 || more.length > 0) return { reason: "not one record" };
      this.#columns ??= values.length;
      if (values.length === this.#columns) return { values };
      return { reason: `${values.length} values where the header has ${this.#columns}` };
    } catch {
      return { reason: "a quote stands inside a value" };
    }
  }
}

function hasOddQuotes(bytes: Buffer): boolean {
  let odd = false;
  for (let at = bytes.indexOf(QUOTE); at >= 0; at = bytes.indexOf(QUOTE, at + 1)) odd = !odd;
  return odd;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Undefined when the lines are not UTF-8. */
function textOf(lines: Line[]): string | undefined {
  try {
    return lines.map(({ bytes }) => utf8.decode(bytes)).join("\n");
  } catch {
    return undefined;
  }
}
