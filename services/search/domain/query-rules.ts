import {
  DEEPEST_HIT,
  KEYWORD_FIELDS,
  MOST_GROUPS,
  MOST_HITS,
  NUMBER_FIELDS,
  SearchError,
  type EngineQuery,
  type Filter,
  type KeywordField,
  type NearestQuery,
  type NumberField,
  type StatisticsQuery,
} from "../search-engine.ts";

const isKeyword = (field: string): field is KeywordField => KEYWORD_FIELDS.includes(field as KeywordField);
const isNumber = (field: string): field is NumberField => NUMBER_FIELDS.includes(field as NumberField);
const refuse = (message: string): never => {
  throw new SearchError("INVALID_QUERY", message);
};

/** Throws `INVALID_QUERY` or `DEEP_PAGING` for what no engine may answer; each adapter calls it first. */
export function checkQuery(query: EngineQuery): void {
  checkFilter(query.filter);
  checkLimit(query.limit, MOST_HITS, 0);
  const offset = query.offset ?? 0;
  if (!Number.isInteger(offset) || offset < 0) refuse(`offset ${offset}`);
  if (offset + query.limit > DEEPEST_HIT) throw new SearchError("DEEP_PAGING", `Offsets end at ${DEEPEST_HIT}`);
  for (const { field } of query.sort) if (field !== "score" && !isNumber(field)) refuse(`Cannot sort by ${field}`);
  for (const field of query.facets ?? []) {
    if (field !== "year" && !isKeyword(field)) refuse(`Cannot count ${String(field)}`);
  }
  if (query.after && (offset > 0 || query.after.length !== query.sort.length + 1)) refuse("A position that misfits");
}

export function checkStatistics({ filter, groupBy, limit }: StatisticsQuery): void {
  checkFilter(filter);
  checkLimit(limit, MOST_GROUPS);
  if ("step" in groupBy) {
    if (!isNumber(groupBy.field) || !(groupBy.step > 0)) refuse(`Cannot step through ${groupBy.field}`);
  } else {
    const fields: readonly string[] = groupBy;
    if (!fields.every((field) => isKeyword(field) || (fields.length === 1 && isNumber(field)))) {
      refuse(`Cannot group by ${fields.join()}`);
    }
  }
}

export function checkNearest(query: NearestQuery): void {
  checkFilter(query.filter);
  checkLimit(query.limit, MOST_HITS);
}

function checkLimit(limit: number, most: number, least = 1): void {
  if (!Number.isInteger(limit) || limit < least || limit > most) refuse(`limit ${limit}`);
}

function checkFilter(filter: Filter): void {
  for (const [field, condition] of Object.entries(filter)) {
    const operators = Object.keys(condition);
    const known = isNumber(field) ? ["in", "gte", "lte"] : isKeyword(field) || field === "id" ? ["in", "not"] : [];
    if (known.length === 0) refuse(`Unknown field ${field}`);
    const strange = operators.find((operator) => !known.includes(operator));
    if (strange || operators.length === 0) refuse(`Unknown operator ${strange ?? "(none)"} on ${field}`);
    if ("in" in condition && operators.length > 1) refuse(`Two operators on ${field}`);
  }
}
