import { KEYWORD_FIELDS, NUMBER_FIELDS, type KeywordField, type NumberField } from "../search-engine.ts";

type Record<K extends string, V> = { [F in K]: V };
const FIRST_CAPACITY = 4096;

/** The words of one field, each known by a number. 0 is the missing value. */
export class KeywordColumn {
  codes = new Uint32Array(FIRST_CAPACITY);
  readonly values: string[] = [""];
  readonly #codeOf = new Map<string, number>();

  codeOf(value: string): number | undefined {
    return this.#codeOf.get(value);
  }

  put(row: number, value: string | null): void {
    this.codes[row] = value === null ? 0 : (this.#codeOf.get(value) ?? this.#learn(value));
  }

  #learn(value: string): number {
    const code = this.values.push(value) - 1;
    this.#codeOf.set(value, code);
    return code;
  }
}

/** What is filtered, counted and sorted by, one array per field; a car is a row number in all of them. */
export class Columns {
  /** One more than the highest row in use. */
  size = 0;
  cars = 0;
  alive = new Uint8Array(FIRST_CAPACITY);
  readonly ids: string[] = [];
  readonly rowOf = new Map<string, number>();
  readonly keywords = Object.fromEntries(KEYWORD_FIELDS.map((field) => [field, new KeywordColumn()])) as Record<
    KeywordField,
    KeywordColumn
  >;
  readonly numbers = Object.fromEntries(
    NUMBER_FIELDS.map((field) => [field, new Float64Array(FIRST_CAPACITY)]),
  ) as Record<NumberField, Float64Array>;

  /** `values` in the order of `KEYWORD_FIELDS`, then `NUMBER_FIELDS`. */
  put(row: number, id: string, values: readonly (string | number | null)[]): void {
    while (row >= this.alive.length) this.#grow();
    if (!this.alive[row]) this.cars++;
    this.alive[row] = 1;
    this.ids[row] = id;
    this.rowOf.set(id, row);
    this.size = Math.max(this.size, row + 1);
    KEYWORD_FIELDS.forEach((field, at) => this.keywords[field].put(row, values[at] as string | null));
    NUMBER_FIELDS.forEach((field, at) => (this.numbers[field][row] = values[KEYWORD_FIELDS.length + at] as number));
  }

  remove(row: number, id: string): void {
    if (!this.alive[row]) return;
    this.alive[row] = 0;
    this.cars--;
    this.rowOf.delete(id);
  }

  #grow(): void {
    const capacity = this.alive.length * 2;
    const wider = new Uint8Array(capacity);
    wider.set(this.alive);
    this.alive = wider;
    for (const column of Object.values(this.keywords)) column.codes = copied(column.codes, new Uint32Array(capacity));
    for (const field of NUMBER_FIELDS) this.numbers[field] = copied(this.numbers[field], new Float64Array(capacity));
  }
}

function copied<A extends Uint32Array | Float64Array>(from: A, to: A): A {
  to.set(from);
  return to;
}
