import type { estypes } from "@elastic/elasticsearch";
import {
  MOST_FACET_VALUES,
  type Condition,
  type EngineQuery,
  type FacetField,
  type Filter,
  type NearestQuery,
  type StatisticsQuery,
  type VersionsQuery,
  type Word,
} from "../search-engine.ts";

type Query = estypes.QueryDslQueryContainer;
type Aggregations = Record<string, estypes.AggregationsAggregationContainer>;

const COUNT_THEN_KEY = [{ _count: "desc" as const }, { _key: "asc" as const }];
const AVERAGE_PRICE: Aggregations = { averagePrice: { avg: { field: "price" } } };

/**
 * A page with its facets. Conditions on facet fields hold after the counting (`post_filter`); each facet applies those
 * of the other facets itself.
 */
export function searchRequest(query: EngineQuery): estypes.SearchRequest {
  const { words, filter, facets = [] } = query;
  const own = facets.filter((field) => filter[field] !== undefined);
  const late = own.map((field) => clauses({ [field]: filter[field] }));
  const early = Object.fromEntries(Object.entries(filter).filter(([field]) => !own.includes(field as FacetField)));
  return {
    size: query.limit,
    ...(query.offset && { from: query.offset }),
    query: { bool: { ...(words && { must: wordClauses(words) }), filter: clauses(early) } },
    ...(late.length > 0 && { post_filter: { bool: { filter: late.flat() } } }),
    ...(facets.length > 0 && { aggs: Object.fromEntries(facets.map((field) => [field, facet(field, filter, own)])) }),
    sort: [...query.sort.map(sortKey), { id: "asc" }],
    ...(query.after && { search_after: [...query.after] }),
    track_total_hits: true,
    _source: ["shown"],
  };
}

const sortKey = ({ field, descending }: EngineQuery["sort"][number]): estypes.SortCombinations => ({
  [field === "score" ? "_score" : field]: { order: descending ? "desc" : "asc" },
});

function facet(
  field: FacetField,
  filter: Filter,
  own: readonly FacetField[],
): estypes.AggregationsAggregationContainer {
  const others = own.filter((other) => other !== field);
  return {
    filter: { bool: { filter: others.flatMap((other) => clauses({ [other]: filter[other] })) } },
    aggs: { values: { terms: { field, size: MOST_FACET_VALUES, order: COUNT_THEN_KEY } } },
  };
}

/** Each word must be in the title (4) or in the description (1): whole scores that no other document changes. */
function wordClauses(words: readonly Word[]): Query[] {
  if (words.length === 0) return [{ match_none: {} }];
  const within = (field: string, { text, prefix }: Word, boost: number): Query => ({
    constant_score: { filter: prefix ? { prefix: { [field]: text } } : { term: { [field]: text } }, boost },
  });
  return words.map((word) => ({ dis_max: { queries: [within("title", word, 4), within("description", word, 1)] } }));
}

/** The conditions of a filter as clauses without a score. */
export const clauses = (filter: Readonly<Record<string, Condition | undefined>>): Query[] =>
  Object.entries(filter).flatMap(([field, condition]): Query[] => {
    if (!condition) return [];
    if ("in" in condition) return [{ terms: { [field]: [...condition.in] } }];
    if ("not" in condition) return [{ bool: { must_not: [{ term: { [field]: condition.not } }] } }];
    return [{ range: { [field]: condition } }];
  });

export function statisticsRequest({ filter, groupBy, limit }: StatisticsQuery): estypes.SearchRequest {
  const order = COUNT_THEN_KEY;
  const grouping: estypes.AggregationsAggregationContainer =
    "step" in groupBy
      ? { histogram: { field: groupBy.field, interval: groupBy.step, min_doc_count: 1 } }
      : groupBy.length === 2
        ? { multi_terms: { terms: groupBy.map((field) => ({ field })), size: limit, order } }
        : { terms: { field: groupBy[0], size: limit, order } };
  return {
    size: 0,
    query: { bool: { filter: clauses(filter) } },
    aggs: { groups: { ...grouping, aggs: AVERAGE_PRICE } },
    track_total_hits: false,
  };
}

export function nearestRequest({ filter, limit, ...place }: NearestQuery): estypes.SearchRequest {
  const { year, mileageKm, kmPerYear } = place;
  const source =
    "Math.abs(doc['year'].value - params.year) * params.kmPerYear" +
    " + Math.abs(doc['mileageKm'].value - params.mileageKm)";
  const script = { lang: "painless", source, params: { year, mileageKm, kmPerYear } };
  return {
    size: limit,
    query: { bool: { filter: clauses(filter) } },
    sort: [{ _script: { type: "number", script, order: "asc" } }, { id: "asc" }],
    track_total_hits: false,
    _source: ["shown"],
  };
}

const ANY_ORDER: Query = { function_score: { functions: [{ random_score: {} }] } };

export function versionsRequest(query: VersionsQuery): estypes.SearchRequest {
  const bare = { version: true, _source: false, track_total_hits: false } as const;
  if ("ids" in query) return { ...bare, size: query.ids.length, query: { terms: { id: [...query.ids] } } };
  if ("any" in query) return { ...bare, size: query.any, query: ANY_ORDER };
  const { after, limit } = query;
  return { ...bare, size: limit, sort: [{ id: "asc" }], ...(after !== undefined && { search_after: [after] }) };
}
