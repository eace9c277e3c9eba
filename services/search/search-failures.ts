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
  (...args: unknown[]): Promise<unknown> =>
    orRefused(call(...args));

/** What some work of an engine is refused as. */
export const orRefused = <T>(work: Promise<T>): Promise<T> =>
  work.catch((error: unknown) => {
    throw refusalOf(error);
  });

function refusalOf(error: unknown): unknown {
  if (!(error instanceof SearchError)) return error;
  if (error.code === "OVERLOADED") return SearchOverloaded({ retryAfterSeconds: error.retryAfterSeconds ?? 1 });
  if (error.code === "DEEP_PAGING") return TooDeep();
  return error.code === "INVALID_QUERY" ? error : SearchUnavailable();
}
