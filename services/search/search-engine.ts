/** Fields of an indexed car that can be filtered, counted or sorted by; anything else is refused. */
export const KEYWORD_FIELDS = [
  "currency",
  "brand",
  "model",
  "fuelType",
  "transmission",
  "dealRating",
  "ratedBy",
] as const;
export const NUMBER_FIELDS = ["year", "mileageKm", "price", "engineSize", "createdAt"] as const;
export type KeywordField = (typeof KEYWORD_FIELDS)[number];
export type NumberField = (typeof NUMBER_FIELDS)[number];

/**
 * A car as the engine keeps it. `title` and `description` are analysed for words, `shown` is given back as it is.
 * `engineSize` is in litres, `price` in whole units of `currency`, `createdAt` in epoch milliseconds.
 */
export type CarDocument<S = unknown> = { [F in KeywordField]: string | null } & { [F in NumberField]: number } & {
  id: string;
  title: string;
  description: string;
  shown: S;
};

/** `rev` only grows for one id; an equal one repeats the write, an older one is stale. */
export type Operation<S = unknown> =
  { type: "upsert"; id: string; rev: number; document: CarDocument<S> } | { type: "delete"; id: string; rev: number };

export interface BulkOutcome {
  applied: number;
  /** A newer version was there already: success. */
  stale: number;
  failed: { id: string; reason: string }[];
}

/** Membership, exclusion of one value, or an inclusive range. A missing keyword is in no set. */
export type Condition =
  | { readonly in: readonly (string | number)[] }
  | { readonly not: string }
  | { readonly gte?: number; readonly lte?: number };
/** Conditions on several fields hold together. */
export type Filter = { readonly [F in KeywordField | NumberField | "id"]?: Condition };

/** One analysed word; every word of a query must match. `prefix`: as the beginning of a word. */
export interface Word {
  readonly text: string;
  readonly prefix?: boolean;
}
/** `score` is 4 per word found in the title and 1 per word found in the description only. */
export interface SortKey {
  readonly field: NumberField | "score";
  readonly descending: boolean;
}
export type FacetField = Exclude<KeywordField, "currency" | "ratedBy"> | "year";
/** Values of the sort keys of a hit, its id last. */
export type Position = readonly (number | string)[];

export interface EngineQuery {
  readonly words?: readonly Word[];
  readonly filter: Filter;
  /** Ties always end in `id`, ascending. */
  readonly sort: readonly SortKey[];
  readonly offset?: number;
  readonly limit: number;
  /** Only what comes after this position; together with `offset` it is refused. */
  readonly after?: Position;
  readonly facets?: readonly FacetField[];
}

export interface Hit<S = unknown> {
  id: string;
  shown: S;
  position: Position;
}
export interface FacetCount {
  value: string | number;
  count: number;
}
export interface EnginePage<S = unknown> {
  /** Exact, whatever the offset or position. */
  total: number;
  hits: Hit<S>[];
  /** Exact; each facet ignores the condition on its own field. By count, then value; at most `MOST_FACET_VALUES`. */
  facets: Partial<Record<FacetField, FacetCount[]>>;
}

export interface StatisticsQuery {
  readonly filter: Filter;
  /** One field, two keywords, or steps of a number field. */
  readonly groupBy: readonly [KeywordField | NumberField] | readonly [KeywordField, KeywordField] | PriceSteps;
  readonly limit: number;
}
export interface PriceSteps {
  readonly field: NumberField;
  readonly step: number;
}
/** `key` holds one value per grouping field; a step is named by its lower bound. Groups are never empty. */
export interface Group {
  key: (string | number)[];
  count: number;
  averagePrice: number;
}

/** What is near a car: distance = |years apart| · kmPerYear + |km apart|, ties by id. */
export interface NearestQuery {
  readonly filter: Filter;
  readonly year: number;
  readonly mileageKm: number;
  readonly kmPerYear: number;
  readonly limit: number;
}

/** Cars by name, the first after an id in the order of ids, or any so many. */
export type VersionsQuery =
  { ids: readonly string[] } | { after?: string | undefined; limit: number } | { any: number };
export interface IndexedVersion {
  id: string;
  rev: number;
}

/** Cars in one place. Its note is a text that is kept with it and lost with it: how far it has followed the owner. */
export interface Index {
  /** Applies each operation by itself; a fault of one is told in `failed` and stops no other. */
  bulk(operations: readonly Operation[]): Promise<BulkOutcome>;
  note(): Promise<string | null>;
  /** `CONFLICT` when the note is another one by now: somebody else follows too, or the index was made anew. */
  keepNote(text: string, instead: string | null): Promise<void>;
}

/** An index that is being filled while another one answers; what is removed meanwhile is not brought back by it. */
export interface Draft extends Index {
  /** Makes it answer in one step, with its note; whatever it was not told of is gone. */
  promote(): Promise<void>;
}

/**
 * Holds cars so that they are found by conditions, words and nearness. What it is told goes into the index that answers.
 * Writes are visible after `refresh`, and at the latest after the engine's own refresh time. Processes may share an
 * index. Every method rejects with `SearchError` and nothing else.
 */
export interface SearchEngine extends Index {
  readonly kind: string;
  /** Where it is, for people to read; no secrets. */
  readonly place: string;
  /** Of the index: nodes of different versions each fill one of their own. */
  readonly version: number;
  refresh(): Promise<void>;
  search(query: EngineQuery): Promise<EnginePage>;
  /** By count, then key. */
  statistics(query: StatisticsQuery): Promise<Group[]>;
  nearest(query: NearestQuery): Promise<Hit[]>;
  versions(query: VersionsQuery): Promise<IndexedVersion[]>;
  health(): Promise<{ cars: number }>;
  /** False while an index of another version answers, until a draft takes over; nothing is written to that one. */
  isOwn(): Promise<boolean>;
  /** The draft that was begun and not promoted, by whichever process. */
  draft(): Promise<Draft | null>;
  /** Begins a draft with this note, unless there is one. */
  beginDraft(note: string): Promise<Draft>;
  /** Removes what answers no more: former indices, and those of the versions that nobody uses. */
  tidy(isAbandoned: (version: number) => Promise<boolean>): Promise<void>;
  close(): Promise<void>;
}

export const DEEPEST_HIT = 10_000;
export const MOST_FACET_VALUES = 200;
export const MOST_GROUPS = 10_000;
export const MOST_HITS = 1000;

export type SearchErrorCode = "UNAVAILABLE" | "OVERLOADED" | "CONFLICT" | "INVALID_QUERY" | "DEEP_PAGING" | "TIMEOUT";

/** The only error of an engine. `retryAfterSeconds` comes with `OVERLOADED`. */
export class SearchError extends Error {
  readonly code: SearchErrorCode;
  readonly retryAfterSeconds: number | undefined;
  constructor(code: SearchErrorCode, message: string, retryAfterSeconds?: number) {
    super(message);
    this.name = "SearchError";
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
