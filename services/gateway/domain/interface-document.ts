import { takesBody, type Contract } from "../../../mixins/contract.ts";
import {
  Forbidden,
  InvalidInput,
  Unauthenticated,
  unavailableCode,
  type FailureKind,
} from "../../../mixins/failure.ts";
import { openApiDocument, type DescribedRoute, type OpenApiDocument } from "../../../mixins/openapi.ts";
import {
  BodyTooLarge,
  CsrfTokenInvalid,
  Gateway,
  IdempotencyInProgress,
  IdempotencyKeyReused,
  InternalError,
  MalformedBody,
  MalformedUrl,
  NotAnswering,
  RateLimited,
  Timeout,
  UnsupportedMediaType,
} from "../gateway.contract.ts";
import { routeTable, type Route } from "./routes.ts";

export const TITLE = "Hallabong";
const VERSION = "1.0.0";
const DESCRIPTION = `A second-hand market that knows what things are worth.

Sign in with \`POST /api/accounts/login\` and send the access token as \`Authorization: Bearer …\`. Errors are problem
documents (RFC 9457) whose \`code\` is stable; a 422 lists every fault by its path. Any POST may carry an
\`Idempotency-Key\`. A trailing slash is optional, HEAD works wherever GET does.`;

const TAGS: Record<string, string> = {
  accounts: "Who somebody is: registration, sign-in, sessions, profiles",
  exports: "What the market holds about a member, to take away",
  listings: "What is for sale, kept by its sellers",
  search: "Finding cars: filters, words, facets, statistics",
  prediction: "What a car is worth: prices with an honest range",
  gateway: "How the installation is doing, and this description",
};

type Refusal = Pick<FailureKind<never>, "code" | "status" | "title">;

/** The OpenAPI document of everything that the contracts publish. */
export function interfaceDocument(contracts: readonly Contract[]): OpenApiDocument {
  const table = routeTable(contracts);
  const names = [...new Set(table.routes.map(({ service }) => service))];
  return openApiDocument({
    title: TITLE,
    version: VERSION,
    description: DESCRIPTION,
    tags: names.map((name) => ({ name, description: TAGS[name] ?? `What ${name} answers` })),
    routes: table.routes.map(described),
    cookieName: "access",
  });
}

function described(route: Route): DescribedRoute {
  const { action, service, method, path, pathNames, spec, status } = route;
  const hasLocation = status === 201 && route.hasPages;
  return {
    operationId: action,
    tag: service,
    method,
    path,
    pathNames,
    spec,
    status,
    hasLocation,
    refusals: refusals(route),
  };
}

/** What the edge can refuse at a route, and what the contract declares. */
function refusals({ method, service, spec }: Route): Refusal[] {
  const unsafe = method !== "GET";
  const byCookie = unsafe && (spec.auth !== "public" || spec.cookies !== undefined);
  return [
    MalformedUrl,
    ...(takesBody(method) ? [MalformedBody, BodyTooLarge, UnsupportedMediaType] : []),
    Unauthenticated,
    ...(spec.auth !== "public" && spec.auth !== "member" ? [Forbidden] : []),
    ...(byCookie ? [CsrfTokenInvalid] : []),
    ...(method === "POST" ? [IdempotencyInProgress, IdempotencyKeyReused] : []),
    InvalidInput,
    RateLimited,
    InternalError,
    ...(spec.failures ?? []),
    ...(service === Gateway.$name ? [] : [unavailable(service), Timeout]),
  ];
}

const unavailable = (service: string): Refusal => ({
  code: unavailableCode(service),
  status: 503,
  title: NotAnswering,
});
