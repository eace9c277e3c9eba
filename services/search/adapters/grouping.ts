import type { Group, KeywordField, NumberField, StatisticsQuery } from "../search-engine.ts";
import type { Columns } from "./columns.ts";
import type { Selection } from "./selection.ts";

/** A number for the group of each row, and the key that the number stands for. */
interface Grouping {
  groupOf(row: number): number;
  /** Missing keywords make no group. */
  keyOf(group: number): (string | number)[] | undefined;
}

/** Counts and average prices of the selected rows by group: by count, then key. */
export function grouped(selection: Selection, { groupBy, limit }: StatisticsQuery): Group[] {
  const { columns } = selection;
  const grouping = groupingOf(columns, groupBy);
  const sums = new Map<number, { count: number; price: number }>();
  for (const row of selection.rows()) {
    const group = grouping.groupOf(row);
    const sum = sums.get(group);
    const price = columns.numbers.price[row]!;
    if (sum) {
      sum.count++;
      sum.price += price;
    } else sums.set(group, { count: 1, price });
  }
  return [...sums]
    .flatMap(([group, { count, price }]) => {
      const key = grouping.keyOf(group);
      return key ? [{ key, count, averagePrice: price / count }] : [];
    })
    .sort((one, other) => other.count - one.count || compareKeys(one.key, other.key))
    .slice(0, limit);
}

function groupingOf(columns: Columns, groupBy: StatisticsQuery["groupBy"]): Grouping {
  if ("step" in groupBy) {
    const values = columns.numbers[groupBy.field];
    const { step } = groupBy;
    return { groupOf: (row) => Math.floor(values[row]! / step), keyOf: (group) => [group * step] };
  }
  if (groupBy.length === 2) return pairs(columns, ...groupBy);
  const [one] = groupBy;
  if (one in columns.numbers) {
    const values = columns.numbers[one as NumberField];
    return { groupOf: (row) => values[row]!, keyOf: (group) => [group] };
  }
  const { codes, values } = columns.keywords[one as KeywordField];
  return { groupOf: (row) => codes[row]!, keyOf: (group) => (group ? [values[group]!] : undefined) };
}

function pairs(columns: Columns, one: KeywordField, other: KeywordField): Grouping {
  const [left, right] = [columns.keywords[one], columns.keywords[other]];
  const width = right.values.length;
  return {
    groupOf: (row) => left.codes[row]! * width + right.codes[row]!,
    keyOf: (group) => {
      const [a, b] = [Math.floor(group / width), group % width];
      return a && b ? [left.values[a]!, right.values[b]!] : undefined;
    },
  };
}

function compareKeys(one: readonly (string | number)[], other: readonly (string | number)[]): number {
  for (let at = 0; at < one.length; at++) if (one[at] !== other[at]) return one[at]! < other[at]! ? -1 : 1;
  return 0;
}
