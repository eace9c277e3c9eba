import type { Published } from "../contract.ts";
import { InvalidInput, type FailureKind } from "../failure.ts";
import { exampleOf } from "./example.ts";
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

const HEADER = { ref: (name: string) => ({ $ref: `#/components/headers/${name}` }) };
const PARAMETER = { ref: (name: string) => ({ $ref: `#/components/parameters/${name}` }) };
const STATUS_TEXT: Record<number, string> = { 200: "Good", 201: "Created", 202: "Accepted", 204: "Done" };
const takesBody = (method: string) => method === "POST" || method === "PUT" || method === "PATCH";

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
    responses: {
      [route.status]: goodAnswer(route, book),
      ...(method === "GET" && route.status === 200 ? { 304: unchangedAnswer } : {}),
      ...joined(otherAnswers(route, book), problemAnswers(route)),
    },
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
  return names.map(PARAMETER.ref);
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

function goodAnswer(route: DescribedRoute, book: SchemaBook): Json {
  const { spec, status, method } = route;
  const headers = {
    ...answerHeaders,
    ...(method === "GET" && status !== 204 ? { ETag: HEADER.ref("ETag") } : {}),
    ...(method === "POST" ? { "Idempotency-Replayed": HEADER.ref("IdempotencyReplayed") } : {}),
    ...(route.hasLocation ? { Location: HEADER.ref("Location") } : {}),
    ...(spec.session ? { "Set-Cookie": HEADER.ref("SetCookie") } : {}),
  };
  const answer = { description: STATUS_TEXT[status], headers };
  if (status === 204) return answer;
  if (spec.produces) return { ...answer, content: { [spec.produces]: { schema: { type: "string" } } } };
  const schema = book.add(spec.result, "output");
  return { ...answer, content: { "application/json": { schema, example: exampleOf(schema, book) } } };
}

const rateLimitHeaders = Object.fromEntries(
  ["Limit", "Remaining", "Reset"].map((part) => [`RateLimit-${part}`, HEADER.ref(`RateLimit${part}`)]),
);
const answerHeaders = { "X-Request-Id": HEADER.ref("RequestId"), ...rateLimitHeaders };
const unchangedAnswer = {
  description: "What you have is still current",
  headers: { ...answerHeaders, ETag: HEADER.ref("ETag") },
};

type Answers = Record<string, { description: string; headers: Json; content: Json }>;

function otherAnswers({ spec }: DescribedRoute, book: SchemaBook): Answers {
  const answers = Object.entries(spec.otherResults ?? {}).map(([status, result]) => {
    const schema = book.add(result, "output");
    const content = { "application/json": { schema, example: exampleOf(schema, book) } };
    return [status, { description: "Not good, and told in the same words", headers: answerHeaders, content }];
  });
  return Object.fromEntries(answers) as Answers;
}

/** One answer per status; its description names the codes, its schema admits no others. */
function problemAnswers({ refusals }: DescribedRoute): Answers {
  const byStatus = Map.groupBy(refusals, ({ status }) => status);
  const answers = [...byStatus]
    .sort(([a], [b]) => a - b)
    .map(([status, kinds]) => {
      const codes = [...new Map(kinds.map((kind) => [kind.code, kind])).values()];
      const problem = {
        schema: {
          allOf: [
            { $ref: "#/components/schemas/Problem" },
            {
              type: "object",
              properties: { status: { const: status }, code: { enum: codes.map(({ code }) => code) } },
            },
          ],
        },
        examples: Object.fromEntries(codes.map(({ code }) => [code, { $ref: `#/components/examples/${code}` }])),
      };
      const description = codes.map(({ code, title }) => `\`${code}\`: ${title}`).join("\n\n");
      const retry =
        status === 429 || status === 503 || status === 409 ? { "Retry-After": HEADER.ref("RetryAfter") } : {};
      const content = { "application/problem+json": problem };
      return [status, { description, headers: { ...answerHeaders, ...retry }, content }];
    });
  return Object.fromEntries(answers) as Answers;
}

/** A status may have both forms: a body of its own and a problem. */
function joined(others: Answers, problems: Answers): Answers {
  const both = Object.entries(problems).map(([status, problem]) => {
    const other = others[status];
    return [status, other ? { ...problem, content: { ...other.content, ...problem.content } } : problem];
  });
  return { ...others, ...(Object.fromEntries(both) as Answers) };
}

/** An example of every problem, by its code. */
export function problemExamples(routes: readonly DescribedRoute[]): Json {
  const refusals = new Map(routes.flatMap((route) => route.refusals).map((refusal) => [refusal.code, refusal]));
  const sorted = [...refusals.values()].sort((a, b) => (a.code < b.code ? -1 : 1));
  return Object.fromEntries(
    sorted.map(({ code, status, title }) => {
      const type = `urn:problem-type:${code.toLowerCase().replaceAll("_", "-")}`;
      const fault = { path: "year", message: "Too big: expected number to be <=2027" };
      const errors = code === InvalidInput.code ? { errors: [fault] } : {};
      const requestId = "6f1c0f6e-3a52-4f0c-9a57-3f3e9a1f6b1d";
      return [code, { summary: title, value: { type, title, status, code, detail: title, requestId, ...errors } }];
    }),
  );
}
