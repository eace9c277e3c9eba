import { errors } from "@elastic/elasticsearch";
import { SearchError } from "../search-engine.ts";

/** What went wrong between us and the server, as one of the port's errors. */
export function searchErrorOf(error: unknown): SearchError {
  if (error instanceof SearchError) return error;
  if (error instanceof errors.TimeoutError) return new SearchError("TIMEOUT", error.message);
  if (!(error instanceof errors.ResponseError)) return new SearchError("UNAVAILABLE", String(error));
  const { statusCode = 0, headers, message } = error;
  if (statusCode === 429) return new SearchError("OVERLOADED", message, Number(headers?.["retry-after"]) || 1);
  if (statusCode === 408 || statusCode === 504) return new SearchError("TIMEOUT", message);
  if (statusCode === 409) return new SearchError("CONFLICT", message);
  if (statusCode === 400) return new SearchError("INVALID_QUERY", message);
  return new SearchError("UNAVAILABLE", message);
}
