import type { Published } from "../contract.ts";
import { InvalidInput } from "../failure.ts";
import { exampleOf } from "./example.ts";
import type { DescribedRoute } from "./operation.ts";
import type { Json, SchemaBook } from "./schema-book.ts";

const STATUS_TEXT: Record<number, string> = { 200: "Good", 201: "Created", 202: "Accepted", 204: "Done" };
const header = (name: string) => ({ $ref: `#/components/headers/${name}` });

/** Every answer of a route by its status: the good one, "unchanged", other bodies and problems. */
export function responsesOf(route: DescribedRoute, book: SchemaBook): Json {
  return {
    [route.status]: goodAnswer(route, book),
    ...(route.method === "GET" && route.status === 200 ? { 304: unchangedAnswer } : {}),
    ...joined(otherAnswers(route, book), problemAnswers(route)),
  };
}

function goodAnswer(route: DescribedRoute, book: SchemaBook): Json {
  const { spec, status, method } = route;
  const headers = {
    ...answerHeaders,
    ...(method === "GET" && status !== 204 ? { ETag: header("ETag") } : {}),
    ...(method === "POST" ? { "Idempotency-Replayed": header("IdempotencyReplayed") } : {}),
    ...(route.hasLocation ? { Location: header("Location") } : {}),
    ...(spec.session ? { "Set-Cookie": header("SetCookie") } : {}),
  };
  const answer = { description: STATUS_TEXT[status], headers };
  if (status === 204) return answer;
  if (spec.produces) return { ...answer, content: { [spec.produces]: { schema: textOrBytes(spec) } } };
  const schema = book.add(spec.result, "output");
  return { ...answer, content: { "application/json": { schema, example: exampleOf(schema, book) } } };
}

/** Bytes as generators of clients know them, which is the way of 3.0; 3.1 would leave the schema out. */
const textOrBytes = ({ inBase64 }: Published): Json => ({ type: "string", ...(inBase64 && { format: "binary" }) });

const rateLimitHeaders = Object.fromEntries(
  ["Limit", "Remaining", "Reset"].map((part) => [`RateLimit-${part}`, header(`RateLimit${part}`)]),
);
const answerHeaders = {
  "X-Request-Id": header("RequestId"),
  traceparent: header("Traceparent"),
  ...rateLimitHeaders,
};
const unchangedAnswer = {
  description: "What you have is still current",
  headers: { ...answerHeaders, ETag: header("ETag") },
};

type Answers = Record<string, { description: string; headers: Json; content: Json }>;

function otherAnswers({ spec }: DescribedRoute, book: SchemaBook): Answers {
  const answers = Object.entries(spec.otherResults ?? {}).map(([status, result]) => {
    const schema = book.add(result, "output");
    const content = { "application/json": { schema, example: exampleOf(schema, book) } };
    const moved = status.startsWith("3");
    const headers = { ...answerHeaders, ...(moved ? { Location: header("Location") } : {}) };
    return [status, { description: otherMeaning(Number(status)), headers, content }];
  });
  return Object.fromEntries(answers) as Answers;
}

const otherMeaning = (status: number): string =>
  status < 300 ? "Accepted; more is wanted" : status < 400 ? "It has moved" : "Not good, and told in the same words";

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
      const retry = status === 429 || status === 503 || status === 409 ? { "Retry-After": header("RetryAfter") } : {};
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
