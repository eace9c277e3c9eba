import { z } from "zod";
import { contract } from "../../mixins/contract.ts";
import { failure } from "../../mixins/failure.ts";
import { ModelName } from "../prediction/prediction.contract.ts";

const LatencyMs = z
  .number()
  .min(0)
  .meta({ description: "Milliseconds there and back", examples: [1.2] });
const Up = z.enum(["ok", "down"]);

/** Something that does not work while the rest does. */
export const Degraded = z
  .strictObject({ name: z.string().meta({ examples: ["prediction"] }), reason: z.string() })
  .meta({ id: "Degraded" });
export type Degraded = z.infer<typeof Degraded>;

const Readiness = z.strictObject({ status: z.literal("ok"), degraded: z.array(Degraded) }).meta({ id: "Readiness" });
const Unready = z
  .strictObject({
    status: z.literal("unavailable"),
    missing: z.array(z.string()).meta({ description: "What is not there and must be" }),
    degraded: z.array(Degraded),
  })
  .meta({ id: "Unready" });

export const HealthReport = z
  .strictObject({
    status: z.enum(["ok", "degraded", "unavailable"]),
    nodes: z.array(z.strictObject({ id: z.string(), local: z.boolean(), latencyMs: LatencyMs.nullable() })),
    services: z.array(
      z.strictObject({ name: z.string(), status: Up, instances: z.int().min(0), latencyMs: LatencyMs.nullable() }),
    ),
    dependencies: z.array(z.strictObject({ name: z.string(), status: Up, latencyMs: LatencyMs.nullable() })),
  })
  .meta({ id: "HealthReport" });
export type HealthReport = z.infer<typeof HealthReport>;

const nothing = z.strictObject({});

export const Gateway = contract("gateway", {
  live: {
    http: "GET /health/live",
    auth: "public",
    idempotent: true,
    summary: "The process answers",
    params: nothing,
    result: z.strictObject({ status: z.literal("ok") }),
  },
  ready: {
    http: "GET /health/ready",
    auth: "public",
    summary: "Whether the market can serve, and what is missing meanwhile",
    params: nothing,
    result: Readiness,
    otherResults: { 503: Unready },
  },
  health: {
    http: "GET /health",
    auth: "public",
    summary: "Nodes, services and what they stand on, with round trips",
    params: nothing,
    result: HealthReport,
  },
  predictionHealth: {
    http: "GET /train/health",
    auth: "public",
    timeoutMs: 2500,
    summary: "A round trip to a prediction node; within two seconds",
    params: nothing,
    result: z.strictObject({ status: z.literal("ok"), node: z.string(), model: ModelName, latencyMs: LatencyMs }),
    otherResults: { 504: z.strictObject({ status: z.literal("fail") }) },
  },
  openapi: {
    http: "GET /openapi.json",
    auth: "public",
    idempotent: true,
    summary: "This description of the interface (OpenAPI 3.1)",
    params: nothing,
    result: z.looseObject({ openapi: z.string().meta({ examples: ["3.1.1"] }) }),
  },
  docs: {
    http: "GET /docs",
    auth: "public",
    idempotent: true,
    summary: "The interface to read and to try, as a page",
    params: nothing,
    result: z.string(),
    produces: "text/html",
  },
});

export const NotAnswering = "The service does not answer at the moment; try again soon";

/** Nobody who is signed in can be told from others yet. */
export const AccountsUnavailable = failure("ACCOUNTS_UNAVAILABLE", 503, NotAnswering);

export const MalformedUrl = failure("MALFORMED_URL", 400, "The URL is not properly encoded");
export const MalformedBody = failure("MALFORMED_BODY", 400, "The body is not readable JSON in UTF-8");
export const MalformedRequest = failure("MALFORMED_REQUEST", 400, "The request is not proper HTTP");
export const CsrfTokenInvalid = failure(
  "CSRF_TOKEN_INVALID",
  403,
  "Send the session's CSRF token as X-CSRF-Token when you sign in by cookie",
);
export const OriginNotAllowed = failure("ORIGIN_NOT_ALLOWED", 403, "Pages of this origin may not call the interface");
export const RouteNotFound = failure("ROUTE_NOT_FOUND", 404, "There is nothing at this path");
export const MethodNotAllowed = failure<{ allow: string[] }>(
  "METHOD_NOT_ALLOWED",
  405,
  "The path does not answer this method",
);
export const RequestTimeout = failure("REQUEST_TIMEOUT", 408, "The request took too long to arrive");
export const IdempotencyInProgress = failure<{ retryAfterSeconds: number }>(
  "IDEMPOTENCY_IN_PROGRESS",
  409,
  "The first request with this Idempotency-Key is still running",
);
export const BodyTooLarge = failure<{ maxBodyBytes: number }>("BODY_TOO_LARGE", 413, "The body is too large");
export const UnsupportedMediaType = failure(
  "UNSUPPORTED_MEDIA_TYPE",
  415,
  "Send the body as application/json in UTF-8, without Content-Encoding",
);
export const IdempotencyKeyReused = failure(
  "IDEMPOTENCY_KEY_REUSED",
  422,
  "This Idempotency-Key came with another request before",
);
export const RateLimited = failure<{ retryAfterSeconds: number }>("RATE_LIMITED", 429, "Too many requests");
export const HeadersTooLarge = failure("HEADERS_TOO_LARGE", 431, "The URL and the headers are too large");
export const InternalError = failure("INTERNAL_ERROR", 500, "Something went wrong on our side");
export const Timeout = failure("TIMEOUT", 504, "The answer did not come in time");
