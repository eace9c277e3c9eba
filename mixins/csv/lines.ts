/** One line of a file, without its end. Lines are counted from 1. */
export interface Line {
  number: number;
  bytes: Buffer;
  /** Longer than a record may be; only its beginning is here. */
  cut: boolean;
}

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** Cuts bytes into lines; of a line that is too long it keeps the beginning only. */
export class Lines {
  readonly #longest: number;
  #number = 1;
  #parts: Buffer[] = [];
  #length = 0;

  constructor(longest: number) {
    this.#longest = longest;
  }

  *take(chunk: Buffer): Generator<Line> {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      this.#keep(chunk.subarray(from, at));
      yield this.#line();
      from = at + 1;
    }
    this.#keep(chunk.subarray(from));
  }

  *end(): Generator<Line> {
    if (this.#length > 0) yield this.#line();
  }

  /** Keeps no more of a line than tells that it is too long. */
  #keep(part: Buffer): void {
    if (this.#length <= this.#longest) this.#parts.push(Buffer.from(part.subarray(0, this.#longest + 1)));
    this.#length += part.length;
  }

  #line(): Line {
    let bytes = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts);
    const cut = this.#length > this.#longest;
    if (this.#number === 1 && bytes.subarray(0, 3).equals(BYTE_ORDER_MARK)) bytes = bytes.subarray(3);
    if (!cut && bytes.at(-1) === RETURN) bytes = bytes.subarray(0, -1);
    this.#parts = [];
    this.#length = 0;
    return { number: this.#number++, bytes, cut };
  }
}
