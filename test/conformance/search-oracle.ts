import { tokens } from "../../services/search/domain/analysis.ts";
import type {
  CarDocument,
  Condition,
  EnginePage,
  EngineQuery,
  FacetField,
  Filter,
  Group,
  StatisticsQuery,
} from "../../services/search/search-engine.ts";

/** The port's rules, naively: every answer is worked out from the whole list. */
export function oracle(cars: readonly CarDocument[]) {
  const having = (filter: Filter, except?: string) =>
    cars.filter((car) =>
      Object.entries(filter).every(([field, condition]) => field === except || holds(car, field, condition)),
    );
  return {
    search({ words, filter, sort, offset = 0, limit, after, facets = [] }: EngineQuery): EnginePage {
      const found = (except?: string) =>
        having(filter, except).filter((car) => words === undefined || (words.length > 0 && score(car, words) > 0));
      const position = (car: CarDocument) => [
        ...sort.map(({ field }) => (field === "score" ? score(car, words ?? []) : car[field])),
        car.id,
      ];
      const compare = (one: readonly (string | number)[], other: readonly (string | number)[]) => {
        const at = one.findIndex((value, place) => value !== other[place]);
        return at < 0 ? 0 : (one[at]! < other[at]! ? -1 : 1) * (sort[at]?.descending ? -1 : 1);
      };
      const all = found().map((car) => ({ id: car.id, shown: car.shown, position: position(car) }));
      const ordered = all.sort((one, other) => compare(one.position, other.position));
      const ahead = after ? ordered.filter((hit) => compare(hit.position, after) > 0) : ordered;
      const counts = facets.map((field) => [field, counted(found(field).map((car) => car[field]))]);
      return {
        total: all.length,
        hits: ahead.slice(offset, offset + limit),
        facets: Object.fromEntries(counts) as Record<FacetField, { value: string | number; count: number }[]>,
      };
    },
    statistics({ filter, groupBy, limit }: StatisticsQuery): Group[] {
      const keyOf = (car: CarDocument) =>
        "step" in groupBy ? [Math.floor(car[groupBy.field] / groupBy.step) * groupBy.step] : groupBy.map((f) => car[f]);
      const keyed = having(filter).filter((car) => !keyOf(car).includes(null));
      const groups = Map.groupBy(keyed, (car) => JSON.stringify(keyOf(car)));
      return [...groups]
        .map(([key, members]) => ({
          key: JSON.parse(key) as (string | number)[],
          count: members.length,
          averagePrice: members.reduce((sum, car) => sum + car.price, 0) / members.length,
        }))
        .sort((one, other) => other.count - one.count || compareKeys(one.key, other.key))
        .slice(0, limit);
    },
  };
}

function holds(car: CarDocument, field: string, condition: Condition): boolean {
  const value = car[field as keyof CarDocument] as string | number | null;
  if ("in" in condition) return value !== null && condition.in.includes(value);
  if ("not" in condition) return value !== condition.not;
  const { gte = -Infinity, lte = Infinity } = condition as { gte?: number; lte?: number };
  return Number(value) >= gte && Number(value) <= lte;
}

/** 4 per word in the title, 1 per word in the description only, 0 as soon as one is missing. */
function score(car: CarDocument, words: NonNullable<EngineQuery["words"]>): number {
  const [title, description] = [car.title, car.description].map((text) => tokens(text).map((token) => token.text));
  const scores = words.map(({ text, prefix }) => {
    const isIn = (list: string[]) => list.some((word) => (prefix ? word.startsWith(text) : word === text));
    return isIn(title!) ? 4 : isIn(description!) ? 1 : 0;
  });
  return scores.every(Boolean) ? scores.reduce<number>((sum, one) => sum + one, 0) : 0;
}

function counted(values: (string | number | null)[]): { value: string | number; count: number }[] {
  const groups = Map.groupBy(
    values.filter((value) => value !== null),
    (value) => value,
  );
  return [...groups]
    .map(([value, { length: count }]) => ({ value, count }))
    .sort((one, other) => other.count - one.count || compareKeys([one.value], [other.value]));
}

/** By UTF-16 units, as engines order keywords. */
function compareKeys(one: (string | number)[], other: (string | number)[]): number {
  const at = one.findIndex((value, place) => value !== other[place]);
  return at < 0 ? 0 : one[at]! < other[at]! ? -1 : 1;
}
