import type { Carrier } from "../../mixins/contract.ts";
import { FALLBACK_CURRENCY, Prediction } from "../prediction/prediction.contract.ts";
import { Catalogue } from "./domain/catalogue.ts";
import { MOST_GROUPS, type SearchEngine } from "./search-engine.ts";

const ASK_TIMEOUT_MS = 500;
const ASK_AGAIN_MS = 5000;
const KNOWN_LASTS_MS = 30_000;
const CATALOGUE_LASTS_MS = 5000;

/** What searches need to know of the market: its currency, and the brands and models on sale. */
export interface CarMarket {
  currency(): Promise<string>;
  /**
   * The currencies in which words are looked for, the first that has them wins: the one asked for, else the default and
   * then the market's.
   */
  currenciesForWords(asked: string | undefined): Promise<string[]>;
  catalogue(currency: string): Promise<Catalogue>;
  /** Cars were indexed: the catalogue is read again. */
  changed(): void;
}

/** `marketCurrency`: the money of the place, which need not be the serving model's. */
export function carMarket(engine: SearchEngine, via: Carrier, marketCurrency: () => string): CarMarket {
  let catalogues = new Map<string, { at: number; read: Promise<Catalogue> }>();
  const currency = modelCurrency(via);
  const read = async (of: string) =>
    new Catalogue(
      await engine.statistics({ filter: { currency: { in: [of] } }, groupBy: ["brand", "model"], limit: MOST_GROUPS }),
    );
  return {
    currency,
    currenciesForWords: async (asked) => (asked ? [asked] : [...new Set([await currency(), marketCurrency()])]),
    catalogue(of) {
      const kept = catalogues.get(of);
      if (kept && kept.at + CATALOGUE_LASTS_MS > Date.now()) return kept.read;
      if (catalogues.size > 20) catalogues.clear();
      const fresh = { at: Date.now(), read: read(of) };
      fresh.read.catch(() => catalogues.delete(of));
      catalogues.set(of, fresh);
      return fresh.read;
    },
    changed: () => void (catalogues = new Map()),
  };
}

/** What typing can be completed to, in the first currency of the words that has any. */
export async function suggestions(market: CarMarket, typed: string, currency: string | undefined, limit: number) {
  for (const chosen of await market.currenciesForWords(currency)) {
    const found = (await market.catalogue(chosen)).complete(typed, limit);
    if (found.length > 0) return found;
  }
  return [];
}

/**
 * The serving model's currency; while no model answers the one known last, else the fallback. The first callers wait for
 * the answer, later ones get the known one while it is asked for again now and then: another version may serve.
 */
function modelCurrency(via: Carrier): () => Promise<string> {
  let known: string | undefined;
  let asking: Promise<void> | undefined;
  let askedAt = -Infinity;
  const ask = async () => {
    askedAt = Date.now();
    known = await Prediction.model(via, {}, { timeout: ASK_TIMEOUT_MS, retries: 0 }).then(
      (model) => model.currency,
      () => known,
    );
    asking = undefined;
  };
  return async () => {
    if (!asking && askedAt + (known ? KNOWN_LASTS_MS : ASK_AGAIN_MS) < Date.now()) asking = ask();
    if (!known) await asking;
    return known ?? FALLBACK_CURRENCY;
  };
}
