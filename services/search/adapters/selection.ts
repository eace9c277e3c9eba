import {
  MOST_FACET_VALUES,
  type Condition,
  type FacetCount,
  type FacetField,
  type Filter,
  type KeywordField,
  type NumberField,
} from "../search-engine.ts";
import type { Columns } from "./columns.ts";

/** A row's state: 0 passes every condition, n fails only the condition of the n-th facet, 255 is out. */
const PASSES = 0;
const OUT = 255;

/** The rows that pass a filter, and those that only fail on the field of a facet: one pass over each column. */
export class Selection {
  readonly columns: Columns;
  readonly #facets: readonly FacetField[];
  readonly #state: Uint8Array;

  /** `among`: the rows that have the words of the query; all when there are none. */
  constructor(columns: Columns, filter: Filter, facets: readonly FacetField[] = [], among?: readonly number[]) {
    this.columns = columns;
    this.#facets = facets;
    this.#state = new Uint8Array(columns.size).fill(OUT);
    if (among) for (const row of among) this.#state[row] = columns.alive[row] ? PASSES : OUT;
    else for (let row = 0; row < columns.size; row++) if (columns.alive[row]) this.#state[row] = PASSES;
    for (const [field, condition] of Object.entries(filter)) this.#apply(field, condition);
  }

  /** Rows that pass, ascending. */
  rows(): number[] {
    const rows: number[] = [];
    for (let row = 0; row < this.#state.length; row++) if (this.#state[row] === PASSES) rows.push(row);
    return rows;
  }

  facet(field: FacetField): FacetCount[] {
    const own = this.#facets.indexOf(field) + 1;
    return field === "year" ? this.#countNumbers(field, own) : this.#countWords(field, own);
  }

  #apply(field: string, condition: Condition): void {
    const failure = this.#facets.indexOf(field as FacetField) + 1 || OUT;
    if (field === "id") this.#applyToIds(condition);
    else if (field in this.columns.keywords) this.#applyToWords(field as KeywordField, condition, failure);
    else this.#applyToNumbers(field as NumberField, condition, failure);
  }

  #fail(row: number, failure: number): void {
    this.#state[row] = this.#state[row] === PASSES ? failure : OUT;
  }

  #applyToWords(field: KeywordField, condition: Condition, failure: number): void {
    const column = this.columns.keywords[field];
    const allowed = new Uint8Array(column.values.length).fill("not" in condition ? 1 : 0);
    if ("in" in condition) for (const value of condition.in) allowed[column.codeOf(String(value)) ?? 0] = 1;
    if ("in" in condition) allowed[0] = 0;
    if ("not" in condition) allowed[column.codeOf(condition.not) ?? allowed.length] = 0;
    const { codes } = column;
    for (let row = 0; row < this.#state.length; row++) if (!allowed[codes[row]!]) this.#fail(row, failure);
  }

  #applyToNumbers(field: NumberField, condition: Condition, failure: number): void {
    const values = this.columns.numbers[field];
    if ("in" in condition) {
      const allowed = new Set<unknown>(condition.in);
      for (let row = 0; row < this.#state.length; row++) if (!allowed.has(values[row])) this.#fail(row, failure);
      return;
    }
    const { gte = -Infinity, lte = Infinity } = condition as { gte?: number; lte?: number };
    for (let row = 0; row < this.#state.length; row++) {
      if (values[row]! < gte || values[row]! > lte) this.#fail(row, failure);
    }
  }

  #applyToIds(condition: Condition): void {
    const { rowOf } = this.columns;
    if ("not" in condition) return this.#fail(rowOf.get(condition.not) ?? this.#state.length, OUT);
    const named = "in" in condition ? condition.in.map((id) => rowOf.get(String(id))) : [];
    const kept = new Map(named.flatMap((row) => (row === undefined ? [] : [[row, this.#state[row]!] as const])));
    this.#state.fill(OUT);
    for (const [row, state] of kept) this.#state[row] = state;
  }

  #countWords(field: KeywordField, own: number): FacetCount[] {
    const { codes, values } = this.columns.keywords[field];
    const counts = new Uint32Array(values.length);
    for (let row = 0; row < this.#state.length; row++) {
      const state = this.#state[row]!;
      if (state === PASSES || state === own) counts[codes[row]!]!++;
    }
    return ranked(values.map((value, code) => ({ value, count: code === 0 ? 0 : counts[code]! })));
  }

  #countNumbers(field: NumberField, own: number): FacetCount[] {
    const values = this.columns.numbers[field];
    const counts = new Map<number, number>();
    for (let row = 0; row < this.#state.length; row++) {
      const state = this.#state[row]!;
      if (state === PASSES || state === own) counts.set(values[row]!, (counts.get(values[row]!) ?? 0) + 1);
    }
    return ranked([...counts].map(([value, count]) => ({ value, count })));
  }
}

const ranked = (counts: FacetCount[]): FacetCount[] =>
  counts
    .filter(({ count }) => count > 0)
    .sort((one, other) => other.count - one.count || (one.value < other.value ? -1 : 1))
    .slice(0, MOST_FACET_VALUES);
