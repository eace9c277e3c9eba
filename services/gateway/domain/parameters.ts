import { parseInput } from "../../../mixins/answer.ts";
import { takesBody } from "../../../mixins/contract.ts";
import { InvalidInput, type InputFault } from "../../../mixins/failure.ts";
import { MalformedUrl } from "../gateway.contract.ts";
import { fieldKinds, valueOf, type FieldKind } from "./field-kinds.ts";
import { readable, textFaults } from "./hostile-text.ts";
import type { Route } from "./routes.ts";

/** Where a request can carry parameters. */
export interface RequestParts {
  pathParams: Record<string, string>;
  /** The query as it stands in the URL, without the question mark. */
  query: string;
  /** The parsed body; undefined when there is none. */
  body: unknown;
  header(name: string): string | undefined;
  cookie(name: string): string | undefined;
}

export interface Parameters {
  params: Record<string, unknown>;
  /** True when a cookie is among them: the request then needs a CSRF token. */
  fromCookie: boolean;
}

const UNKNOWN = "This parameter is not known here";

/**
 * Makes the function that assembles the parameters of one route: path, query (GET, DELETE) or body, declared headers
 * and cookies. No source overrides another. Throws 400 for an undecodable query and 422 with every fault at once.
 */
export function parameterReader(route: Route): (parts: RequestParts) => Parameters {
  const kinds = fieldKinds(route.spec.params);
  const headers = Object.entries(route.spec.headers ?? {});
  const cookies = Object.entries(route.spec.cookies ?? {});
  const elsewhere = new Set([...route.pathNames, ...headers.map(([field]) => field)]);
  const withBody = takesBody(route.method);
  return (parts) => {
    const faults: InputFault[] = [];
    const query = readQuery(parts.query, withBody ? new Map() : kinds, elsewhere, faults);
    const body = withBody ? readBody(parts.body, elsewhere, faults) : {};
    const params: Record<string, unknown> = { ...query, ...body };
    for (const name of route.pathNames) params[name] = valueOf(parts.pathParams[name]!, typeOf(kinds, name));
    for (const [field, header] of headers) {
      const value = parts.header(header);
      if (value !== undefined) params[field] = valueOf(value, typeOf(kinds, field));
    }
    faults.push(...textFaults(parts.pathParams));
    if (faults.length > 0) throw InvalidInput({ errors: [...faults, ...furtherFaults(route, params, faults)] });
    return { params, fromCookie: readCookies(cookies, parts, params) };
  };
}

const typeOf = (kinds: ReadonlyMap<string, FieldKind>, field: string) => kinds.get(field)?.type ?? "text";

function readQuery(
  query: string,
  kinds: ReadonlyMap<string, FieldKind>,
  elsewhere: ReadonlySet<string>,
  faults: InputFault[],
): Record<string, unknown> {
  const params: Record<string, unknown> = {};
  for (const [name, texts] of valuesByName(query)) {
    const kind = elsewhere.has(name) ? undefined : kinds.get(name);
    const hostile = textFaults({ [name]: texts.length === 1 ? texts[0] : texts });
    if (hostile.length > 0) faults.push(...hostile);
    else if (!kind) faults.push({ path: name, message: UNKNOWN });
    else if (kind.many) params[name] = texts.map((text) => valueOf(text, kind.type));
    else if (texts.length > 1) faults.push({ path: name, message: "Give this parameter once" });
    else params[name] = valueOf(texts[0]!, kind.type);
  }
  return params;
}

/** The values of each name in order. Flat: brackets and dots in names mean nothing. */
function valuesByName(query: string): Map<string, string[]> {
  const values = new Map<string, string[]>();
  if (query === "") return values;
  try {
    decodeURIComponent(query);
  } catch {
    throw MalformedUrl();
  }
  for (const [name, text] of new URLSearchParams(query)) values.set(name, [...(values.get(name) ?? []), text]);
  return values;
}

function readBody(body: unknown, elsewhere: ReadonlySet<string>, faults: InputFault[]): Record<string, unknown> {
  if (body === undefined) return {};
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw InvalidInput({ errors: [{ path: "", message: "The body must be a JSON object" }] });
  }
  faults.push(...textFaults(body));
  const named = Object.keys(body).filter((key) => elsewhere.has(key));
  faults.push(...named.map((path) => ({ path, message: "This field does not belong into the body" })));
  return Object.fromEntries(Object.entries(body).filter(([key]) => !elsewhere.has(key)));
}

/** What the schema has to say besides, about fields that are not named yet. */
function furtherFaults(route: Route, params: Record<string, unknown>, faults: InputFault[]): InputFault[] {
  try {
    parseInput(route.spec.params, params);
    return [];
  } catch (error) {
    if (!InvalidInput.is(error)) throw error;
    const named = new Set(faults.map((fault) => fault.path));
    const further = (error as { data: { errors: InputFault[] } }).data.errors;
    return further.filter((fault) => !named.has(readable(fault.path))).slice(0, 100);
  }
}

/** A cookie stands in for a field that the request does not give otherwise. */
function readCookies(
  cookies: readonly [string, string][],
  parts: RequestParts,
  params: Record<string, unknown>,
): boolean {
  let used = false;
  for (const [field, cookie] of cookies) {
    const value = parts.cookie(cookie);
    if (value === undefined || params[field] !== undefined) continue;
    params[field] = value;
    used = true;
  }
  return used;
}
