import type { AnyQuery, Operators } from "../document-adapter.ts";

/** A query in the server's own words. */
export function asServerQuery(query: AnyQuery): object {
  if (isConjunction(query)) return { $and: query.$and.map(asServerQuery) };
  return Object.fromEntries(Object.entries(query).map(([field, operators]) => [field, inServerWords(operators)]));
}

const isConjunction = (query: AnyQuery): query is { $and: Record<string, Operators>[] } => Array.isArray(query["$and"]);

function inServerWords({ $contains, ...others }: Operators): object {
  return $contains === undefined ? others : { ...others, $regex: literalPattern($contains) };
}

/** A regular expression, the same for PCRE and JavaScript, that matches a text and nothing else. */
export const literalPattern = (text: string): string =>
  text.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&").replaceAll("\0", "\\x00");
