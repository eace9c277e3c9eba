/** Messages of Protocol Buffers, as far as ONNX needs them: https://protobuf.dev/programming-guides/encoding/ */
const [VARINT, BYTES] = [0, 2];

/** A message, built field by field. Numbers are non-negative integers. */
export class ProtoMessage {
  readonly #parts: Uint8Array[] = [];

  int(field: number, value: number): this {
    return this.#push(varints([field * 8 + VARINT, value]));
  }

  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  message(field: number, value: ProtoMessage): this {
    return this.bytes(field, value.finish());
  }

  /** A packed list of integers. */
  ints(field: number, values: Iterable<number>): this {
    return this.bytes(field, varints(values));
  }

  bytes(field: number, value: Uint8Array): this {
    return this.#push(varints([field * 8 + BYTES, value.length])).#push(value);
  }

  finish(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#parts));
  }

  #push(part: Uint8Array): this {
    this.#parts.push(part);
    return this;
  }
}

function varints(values: Iterable<number>): Uint8Array {
  const bytes: number[] = [];
  for (let value of values) {
    for (; value > 0x7f; value = Math.floor(value / 128)) bytes.push((value % 128) | 0x80);
    bytes.push(value);
  }
  return Uint8Array.from(bytes);
}
