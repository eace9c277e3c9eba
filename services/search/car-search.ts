import { InvalidInput } from "../../mixins/failure.ts";
import { DEEPEST_ITEM } from "../../mixins/paging.ts";
import type { Car } from "../listings/listings.contract.ts";
import type { DealRating, MileageUnit } from "../prediction/prediction.contract.ts";
import { TooDeep, type CarHit, type CarPage, type CarSort } from "./search.contract.ts";
import type { CarMarket } from "./car-market.ts";
import { queryWords, typedWords } from "./domain/analysis.ts";
import type { ShownCar } from "./domain/car-document.ts";
import { carFilter, sortKeys, type CarConditions } from "./domain/car-filter.ts";
import type { Catalogue } from "./domain/catalogue.ts";
import { highlighted } from "./domain/highlight.ts";
import { inUnit } from "./domain/mileage.ts";
import { decodeCursor, encodeCursor, isCursorOf, queryMark } from "./domain/page-cursor.ts";
import { correction } from "./domain/spelling.ts";
import type { EnginePage, EngineQuery, FacetField, Filter, SearchEngine, SortKey } from "./search-engine.ts";

/** A search for cars as its route takes it. */
export type CarQuery = CarConditions & {
  currency?: string | undefined;
  mileageUnit?: MileageUnit | undefined;
  q?: string | undefined;
  sort?: CarSort | undefined;
  page: number;
  size: number;
  cursor?: string | undefined;
  facets?: string | undefined;
};

/**
 * Finds cars of one currency. Words that find nothing are corrected to names of brands and models; without a currency
 * they are then looked for in the market's. A cursor goes on in the currency that it comes from.
 */
export function carSearch(engine: SearchEngine, market: CarMarket) {
  return async (asked: CarQuery): Promise<CarPage> => {
    const { page, size, cursor } = asked;
    if (page * size > DEEPEST_ITEM) throw TooDeep();
    if (cursor && page > 1) throw InvalidInput({ errors: [{ path: "page", message: "Not together with a cursor" }] });
    const [first, ...others] = (await currenciesOf(asked, market)).map((currency) => queryIn(currency, asked));
    if (cursor) {
      const own = others.find(({ mark }) => isCursorOf(mark, cursor)) ?? first!;
      return answer(engine, market, asked, own);
    }
    const found = await answer(engine, market, asked, first!);
    if (found.total > 0) return found;
    for (const other of others) {
      const elsewhere = await answer(engine, market, asked, other);
      if (elsewhere.total > 0) return elsewhere;
    }
    return found;
  };
}

/** Without words there is one currency, and bounds on prices are never read as another's money. */
async function currenciesOf(asked: CarQuery, market: CarMarket): Promise<string[]> {
  const { q, currency, minPrice, maxPrice } = asked;
  const isOfWords = q !== undefined && minPrice === undefined && maxPrice === undefined;
  return isOfWords ? market.currenciesForWords(currency) : [currency ?? (await market.currency())];
}

/** What is asked of one currency; `mark` tells it from every other query. */
interface CurrencyQuery {
  currency: string;
  filter: Filter;
  sort: readonly SortKey[];
  mark: string;
}

function queryIn(currency: string, asked: CarQuery): CurrencyQuery {
  const sort = sortKeys(asked.sort ?? (asked.q ? "relevance" : "price_asc"), asked.q !== undefined);
  const filter = carFilter(asked, currency);
  return { currency, filter, sort, mark: queryMark([asked.q, filter, sort]) };
}

async function answer(engine: SearchEngine, market: CarMarket, asked: CarQuery, own: CurrencyQuery): Promise<CarPage> {
  const { page, size, cursor } = asked;
  const { currency, filter, sort, mark } = own;
  const query: EngineQuery = {
    filter,
    sort,
    facets: [...new Set(asked.facets?.split(","))] as FacetField[],
    ...(asked.q !== undefined && { words: queryWords(asked.q) }),
    ...(cursor
      ? { limit: size + 1, after: decodeCursor(mark, cursor, sort.length) }
      : { limit: size, offset: (page - 1) * size }),
  };
  const { found, words } = await forgiving(engine, query, asked.q, () => market.catalogue(currency));
  const hits = found.hits.slice(0, size);
  const more = cursor ? found.hits.length > size : found.total > page * size;
  return {
    items: hits.map(({ shown }) => carHit(shown, asked.mileageUnit, words)),
    total: found.total,
    currency,
    page,
    size,
    nextCursor: more && hits.length > 0 ? encodeCursor(mark, hits.at(-1)!.position) : null,
    ...(asked.facets && { facets: found.facets as Record<string, { value: string | number; count: number }[]> }),
    ...(words !== asked.q && { didYouMean: words! }),
  };
}

/** Searches; if the words find nothing, again with those corrected that find nothing by themselves. */
async function forgiving(
  engine: SearchEngine,
  query: EngineQuery,
  words: string | undefined,
  catalogue: () => Promise<Catalogue>,
) {
  const found = (await engine.search(query)) as EnginePage<ShownCar>;
  if (found.total > 0 || words === undefined) return { found, words };
  const corrected = await correctedWords(engine, words, await catalogue());
  if (corrected === words) return { found, words };
  const again = (await engine.search({ ...query, words: queryWords(corrected) })) as EnginePage<ShownCar>;
  return again.total > 0 ? { found: again, words: corrected } : { found, words };
}

async function correctedWords(engine: SearchEngine, words: string, catalogue: Catalogue): Promise<string> {
  let text = "";
  let at = 0;
  for (const { text: word, start, end } of typedWords(words)) {
    const better = correction(word, catalogue.knownWords);
    const replace = better !== undefined && !(await findsAny(engine, word));
    text += words.slice(at, start) + (replace ? better : words.slice(start, end));
    at = end;
  }
  return text + words.slice(at);
}

async function findsAny(engine: SearchEngine, word: string): Promise<boolean> {
  const { total } = await engine.search({ words: queryWords(word), filter: {}, sort: [], limit: 0 });
  return total > 0;
}

/** A car as a hit shows it: mileage in the unit asked for, else in the listing's own. */
export function carHit(shown: { car: Car; dealRating: DealRating | null }, unit?: MileageUnit, words?: string): CarHit {
  const { id, kind, version, title, brand, model, year, fuelType, transmission, engineSize } = shown.car;
  const { price, currency, region, demo, createdAt, mileage, mileageUnit } = shown.car;
  const highlight = words === undefined ? undefined : highlighted(title, words);
  return {
    ...{ id, kind, version, title, brand, model, year, fuelType, transmission, engineSize },
    ...{ price, currency, region, demo, createdAt, dealRating: shown.dealRating },
    mileage: inUnit(mileage, mileageUnit, unit ?? mileageUnit),
    mileageUnit: unit ?? mileageUnit,
    ...(highlight !== undefined && { highlight }),
  };
}
