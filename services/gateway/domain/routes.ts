import { isPublished, NoContent, type Contract, type Published } from "../../../mixins/contract.ts";
import { MalformedUrl, MethodNotAllowed, RouteNotFound } from "../gateway.contract.ts";

/** One published action and where it stands. */
export interface Route {
  /** `listings.car`: what is called, by name. */
  action: string;
  service: string;
  method: string;
  /** `/api/cars/:id` */
  path: string;
  /** Names of the parameters in the path, in order. */
  pathNames: string[];
  spec: Published;
  /** Status of the good answer. */
  status: number;
  /** Each thing of this collection has a page of its own below it: GET of `<path>/:id`. */
  hasPages: boolean;
}

export interface RouteMatch {
  route: Route;
  pathParams: Record<string, string>;
}

export interface RouteTable {
  readonly routes: readonly Route[];
  /**
   * The route of a request. Paths are compared before methods and a static segment beats a parameter, so `/cars/search`
   * is never taken for a car. Throws 404, 405 (with the methods that are there) or 400 (bad percent-encoding).
   */
  match(method: string, path: string): RouteMatch;
  /** The methods of a path, OPTIONS included; empty when nothing stands there. */
  methodsOf(path: string): string[];
}

const BASE = "/api";

/** All published actions of the contracts; throws when two claim the same place. */
export function routeTable(contracts: readonly Contract[]): RouteTable {
  const routes = contracts.flatMap(routesOf);
  const places = new Map<string, Map<string, Route>>();
  for (const route of routes) {
    const pattern = route.path.replace(/:\w+/g, ":");
    const place = places.get(pattern) ?? new Map<string, Route>();
    const rival = place.get(route.method);
    if (rival) throw new Error(`${rival.action} and ${route.action} both answer ${route.method} ${route.path}`);
    places.set(pattern, place.set(route.method, route));
  }
  for (const [pattern, place] of places) {
    const hasPages = places.get(`${pattern}/:`)?.has("GET") === true;
    for (const route of place.values()) route.hasPages = hasPages;
  }
  const patterns = [...places.keys()].filter((pattern) => pattern.includes(":")).map((pattern) => pattern.split("/"));
  patterns.sort((a, b) => (a.join("/").replaceAll(":", "\uffff") < b.join("/").replaceAll(":", "\uffff") ? -1 : 1));

  const placeOf = (path: string) => {
    const literal = path.includes(":") ? undefined : places.get(path);
    if (literal) return literal;
    const segments = path.split("/");
    const pattern = patterns.find((candidate) => fits(candidate, segments));
    return pattern && places.get(pattern.join("/"));
  };
  return {
    routes,
    match(method, path) {
      const place = placeOf(path);
      if (!place) throw RouteNotFound();
      const route = place.get(method === "HEAD" ? "GET" : method);
      if (!route) throw MethodNotAllowed({ allow: allowed(place) });
      return { route, pathParams: pathParams(route, path) };
    },
    methodsOf: (path) => allowed(placeOf(path)),
  };
}

function routesOf(contract: Contract): Route[] {
  return Object.entries(contract.$actions).flatMap(([name, spec]) => {
    if (!isPublished(spec)) return [];
    const [method, under] = spec.http.split(" ") as [string, string];
    const path = (spec.atRoot ? "" : BASE) + under;
    const pathNames = [...path.matchAll(/:(\w+)/g)].map((match) => match[1]!);
    const status = spec.status ?? (spec.result === NoContent ? 204 : 200);
    const service = contract.$name;
    return [{ action: `${service}.${name}`, service, method, path, pathNames, spec, status, hasPages: false }];
  });
}

const fits = (pattern: readonly string[], segments: readonly string[]) =>
  pattern.length === segments.length &&
  pattern.every((part, i) => (part === ":" ? segments[i] !== "" : part === segments[i]));

function allowed(place: Map<string, Route> | undefined): string[] {
  if (!place) return [];
  return [...place.keys(), ...(place.has("GET") ? ["HEAD"] : []), "OPTIONS"];
}

function pathParams(route: Route, path: string): Record<string, string> {
  if (route.pathNames.length === 0) return {};
  const segments = path.split("/");
  const values = route.path.split("/").flatMap((part, i) => (part.startsWith(":") ? [decode(segments[i]!)] : []));
  return Object.fromEntries(route.pathNames.map((name, i) => [name, values[i]!]));
}

/** Decodes percent-encoding; throws 400 where it is not UTF-8 or not an encoding at all. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw MalformedUrl();
  }
}
