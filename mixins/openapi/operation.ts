import { takesBody, type Published } from "../contract.ts";
import type { FailureKind } from "../failure.ts";
import { exampleOf } from "./example.ts";
import { responsesOf } from "./responses.ts";
import type { Json, SchemaBook } from "./schema-book.ts";

/** One route to be described. */
export interface DescribedRoute {
  operationId: string;
  tag: string;
  method: string;
  /** `/api/cars/:id` */
  path: string;
  pathNames: readonly string[];
  spec: Published;
  /** Status of the good answer. */
  status: number;
  /** Every refusal that a client can meet here, declared by the contract or by the edge. */
  refusals: readonly Pick<FailureKind<never>, "code" | "status" | "title">[];
  /** The answer to a creation says where the new thing is. */
  hasLocation: boolean;
}

/** The OpenAPI operation of a route. */
export function operationOf(route: DescribedRoute, book: SchemaBook): Json {
  const { spec, method } = route;
  const body = takesBody(method) ? requestBody(route, book) : undefined;
  return {
    operationId: route.operationId,
    summary: spec.summary,
    tags: [route.tag],
    security: securityOf(spec.auth, method),
    parameters: [...parametersOf(route, book), ...commonParameters(method)],
    ...(body ? { requestBody: body } : {}),
    responses: responsesOf(route, book),
  };
}

function securityOf(auth: Published["auth"], method: string): Json[] {
  if (auth === "public") return [];
  return [{ bearer: [] }, method === "GET" ? { cookie: [] } : { cookie: [], csrf: [] }];
}

function fieldsOf(route: DescribedRoute, book: SchemaBook) {
  const schema = book.resolve(book.add(route.spec.params, "input"));
  const required = new Set((schema.required ?? []) as string[]);
  return { fields: Object.entries((schema.properties ?? {}) as Record<string, Json>), required };
}

function parametersOf(route: DescribedRoute, book: SchemaBook): Json[] {
  const { headers = {}, cookies = {}, example } = route.spec;
  const { fields, required } = fieldsOf(route, book);
  return fields.flatMap(([name, schema]): Json[] => {
    const parameter = { schema, ...describe(schema) };
    const given = (example as Json | undefined)?.[name];
    const shown = given === undefined ? {} : { example: given };
    if (route.pathNames.includes(name)) return [{ name, in: "path", required: true, ...parameter, ...shown }];
    if (headers[name]) return [{ name: headers[name], in: "header", required: required.has(name), ...parameter }];
    const cookie = cookies[name] ? [{ name: cookies[name], in: "cookie", required: false, ...parameter }] : [];
    if (takesBody(route.method)) return cookie;
    return [...cookie, { name, in: "query", required: required.has(name), ...parameter, ...shown }];
  });
}

const describe = (schema: Json) => (schema.description ? { description: schema.description } : {});

function commonParameters(method: string): Json[] {
  const names = [
    ...(method === "POST" ? ["IdempotencyKey"] : []),
    ...(method === "GET" ? ["IfNoneMatch"] : []),
    "RequestId",
  ];
  return names.map((name) => ({ $ref: `#/components/parameters/${name}` }));
}

/** The body is what the parameters are without path and headers. */
function requestBody(route: DescribedRoute, book: SchemaBook): Json | undefined {
  const { spec } = route;
  const { fields, required } = fieldsOf(route, book);
  const elsewhere = new Set([...route.pathNames, ...Object.keys(spec.headers ?? {})]);
  const inside = fields.filter(([name]) => !elsewhere.has(name));
  if (fields.length > 0 && inside.length === 0) return undefined;
  const needed = inside.map(([name]) => name).filter((name) => required.has(name));
  const whole = book.add(spec.params, "input");
  const { properties: _p, required: _r, ...rest } = book.resolve(whole);
  const part = { ...rest, properties: Object.fromEntries(inside), ...(needed.length > 0 ? { required: needed } : {}) };
  const schema = inside.length === fields.length ? whole : part;
  const example = spec.example ?? exampleOf(schema, book);
  return { required: needed.length > 0, content: { "application/json": { schema, example } } };
}
