import { SearchOverloaded, SearchUnavailable, TooDeep } from "./search.contract.ts";
import { SearchError, type SearchEngine } from "./search-engine.ts";

/** An engine whose errors are the refusals of the contract. */
export function refusing(engine: SearchEngine): SearchEngine {
  const methods = Object.entries(engine).map(([name, member]: [string, unknown]) => [
    name,
    typeof member === "function" ? refusingCall(member as (...args: unknown[]) => Promise<unknown>) : member,
  ]);
  return Object.fromEntries(methods) as SearchEngine;
}

const refusingCall =
  (call: (...args: unknown[]) => Promise<unknown>) =>
  async (...args: unknown[]): Promise<unknown> => {
    try {
      return await call(...args);
    } catch (error) {
      throw refusalOf(error);
    }
  };

function refusalOf(error: unknown): unknown {
  if (!(error instanceof SearchError)) return error;
  if (error.code === "OVERLOADED") return SearchOverloaded({ retryAfterSeconds: error.retryAfterSeconds ?? 1 });
  if (error.code === "DEEP_PAGING") return TooDeep();
  return error.code === "INVALID_QUERY" ? error : SearchUnavailable();
}
