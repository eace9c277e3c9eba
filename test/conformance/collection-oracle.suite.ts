import fc from "fast-check";
import type { Condition, Filter, Query, Sort, Stored } from "../../mixins/collection/collection.ts";
import type { Bench, Thing } from "./collection.suite.ts";

type Scalar = string | number | boolean | null;
const FIELDS = ["title", "price", "stock", "open"] as const;

const VALUES = {
  title: fc.constantFrom<string>("", "a", "A", "b", "ㄱ", "가", "😀", "a\0", "aA$gt", "$gt"),
  price: fc.constantFrom<number>(-1.5, 0, 0.1, 2, 1e21),
  stock: fc.constantFrom<number>(-2, 0, 1, 2 ** 40),
  open: fc.boolean(),
} satisfies Record<(typeof FIELDS)[number], fc.Arbitrary<Scalar>>;

const documents = fc.array(
  fc.record(Object.fromEntries(FIELDS.map((field) => [field, fc.option(VALUES[field] as fc.Arbitrary<Scalar>)])), {
    requiredKeys: [],
  }),
  { maxLength: 30 },
) as fc.Arbitrary<Thing[]>;

const condition = (field: (typeof FIELDS)[number]): fc.Arbitrary<Condition> => {
  const value = VALUES[field] as fc.Arbitrary<Scalar>;
  const nullable = fc.option(value);
  return fc.oneof(
    nullable,
    fc.record({ in: fc.array(nullable, { maxLength: 4 }) }),
    fc.record({ ne: nullable }),
    ...(field === "title" ? [fc.record({ contains: VALUES.title })] : []),
    fc
      .record({ gt: value, gte: value, lt: value, lte: value }, { requiredKeys: [] })
      .filter((range) => Object.keys(range).length > 0),
  );
};
const filters = fc.record(Object.fromEntries(FIELDS.map((field) => [field, condition(field)])), {
  requiredKeys: [],
}) as fc.Arbitrary<Filter<Thing>>;
const sorts = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...FIELDS, "id"), fc.constantFrom("", "-")), { selector: ([field]) => field })
  .map((steps) => steps.map(([field, sign]) => sign + field)) as unknown as fc.Arbitrary<Sort<Thing>>;

/** Random documents, filters, sorts and page sizes against forty lines that are slow and obviously right. */
export function collectionOracle({ things }: Bench, runs: number): void {
  test(`find, pages and count agree with a naive oracle (${runs} random collections)`, async () => {
    await fc.assert(
      fc.asyncProperty(
        documents,
        fc.array(fc.tuple(filters, sorts, fc.integer({ min: 1, max: 12 })), { minLength: 6, maxLength: 6 }),
        async (given, queries) => {
          const collection = await things({ unique: [] });
          const stored: Stored<Thing>[] = [];
          for (const document of given) stored.push(await collection.insert(document));
          for (const [filter, sort, limit] of queries) {
            const expected = stored
              .filter((document) => matches(document, filter))
              .toSorted(ordered(sort))
              .map(({ id }) => id);
            const found: string[] = [];
            const query: Query<Thing> = { filter, sort, limit };
            do {
              const page = await collection.find(query);
              found.push(...page.items.map(({ id }) => id));
              query.cursor = page.nextCursor ?? undefined;
            } while (query.cursor !== undefined);
            expect(found).toEqual(expected);
            expect(await collection.count(filter)).toBe(expected.length);
          }
        },
      ),
      { numRuns: runs },
    );
  });
}

function matches(document: Stored<Thing>, filter: Filter<Thing>): boolean {
  return Object.entries(filter).every(([field, condition]) => {
    const value = (document[field as "title"] ?? null) as Scalar;
    if (condition === null || typeof condition !== "object") return value === condition;
    return Object.entries(condition as object).every(([operator, operand]) => {
      if (operator === "in") return (operand as Scalar[]).includes(value);
      if (operator === "ne") return value !== operand;
      if (operator === "contains") return typeof value === "string" && value.includes(operand as string);
      if (value === null) return false;
      const order = compared(value, operand as Scalar);
      return { gt: order > 0, gte: order >= 0, lt: order < 0, lte: order <= 0 }[operator];
    });
  });
}

const ordered = (sort: Sort<Thing>) => (left: Stored<Thing>, right: Stored<Thing>) => {
  const last = sort.at(-1)?.startsWith("-") ? "-id" : "id";
  for (const step of [...sort, last]) {
    const field = step.replace("-", "") as "title";
    const order = compared(left[field] ?? null, right[field] ?? null);
    if (order !== 0) return step.startsWith("-") ? -order : order;
  }
  return 0;
};

/** Null first, texts by code point. */
function compared(left: Scalar, right: Scalar): number {
  if (left === null || right === null) return Number(left !== null) - Number(right !== null);
  if (typeof left === "string") return Buffer.compare(Buffer.from(left), Buffer.from(right as string));
  return Number(left) - Number(right);
}
