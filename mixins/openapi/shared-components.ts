import type { Json } from "./schema-book.ts";

const text = (description: string, example?: string): Json => ({
  description,
  schema: { type: "string", ...(example ? { examples: [example] } : {}) },
});
const whole = (description: string): Json => ({ description, schema: { type: "integer", minimum: 0 } });

/** Headers of answers, by the names that operations refer to. */
export const sharedHeaders: Json = {
  RequestId: text("Names this request in logs and traces", "6f1c0f6e-3a52-4f0c-9a57-3f3e9a1f6b1d"),
  Traceparent: text("Our step of the trace (W3C), when it is recorded; send one to have it continued"),
  RateLimitLimit: whole("Calls that you may make in the current window"),
  RateLimitRemaining: whole("Calls that are left in it"),
  RateLimitReset: whole("Seconds until it ends"),
  RetryAfter: whole("Seconds to wait before the next try"),
  ETag: text("Send it back as If-None-Match, or with an edit as If-Match", '"3-2jmj7l5rSw0yVb/vlWAYkK"'),
  Location: text("Path of what was made, or of where it is now", "/api/cars/0193b5a0-7d3c-7c3e-9f5e-0d8f4d1c2b3a"),
  IdempotencyReplayed: text("`true`: the first answer to this Idempotency-Key again"),
  SetCookie: text("Opens or closes the session of a browser: `access`, `refresh` (HttpOnly) and `csrf`"),
};

/** Headers that every operation of a kind takes. */
export const sharedParameters: Json = {
  RequestId: {
    name: "X-Request-Id",
    in: "header",
    description: "Taken over when it is 8 to 64 letters, digits, dots, dashes or underscores; else a fresh one is made",
    schema: { type: "string", pattern: "^[A-Za-z0-9._-]{8,64}$" },
  },
  IdempotencyKey: {
    name: "Idempotency-Key",
    in: "header",
    description:
      "Makes the request safe to repeat within 24 hours: the first answer comes again, nothing happens twice",
    schema: { type: "string", pattern: "^[\\x21-\\x7e]{1,128}$", examples: ["8e03978e-40d5-43dd-bc93-6894a57f9324"] },
  },
  IfNoneMatch: {
    name: "If-None-Match",
    in: "header",
    description: "An ETag that you have; answered with 304 while it is current",
    schema: { type: "string" },
  },
};

/** RFC 9457. Further members depend on the code. */
export const problemSchema: Json = {
  type: "object",
  description: "Why a request was refused (RFC 9457). `code` is stable; further members depend on it.",
  properties: {
    type: { type: "string", format: "uri" },
    title: { type: "string" },
    status: { type: "integer", minimum: 400, maximum: 599 },
    code: { type: "string", pattern: "^[A-Z][A-Z0-9_]*$" },
    detail: { type: "string" },
    requestId: { type: "string" },
    errors: {
      type: "array",
      description: "Every fault of the input",
      items: {
        type: "object",
        properties: { path: { type: "string" }, message: { type: "string" } },
        required: ["path", "message"],
        additionalProperties: false,
      },
    },
  },
  required: ["type", "title", "status", "code", "detail", "requestId"],
};

/** How a client says who it is. `cookieName` is what the access cookie is called. */
export const securitySchemes = (cookieName: string): Json => ({
  bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT", description: "The access token of a sign-in" },
  cookie: {
    type: "apiKey",
    in: "cookie",
    name: cookieName,
    description: "The same token as a sign-in sets it in browsers",
  },
  csrf: {
    type: "apiKey",
    in: "header",
    name: "X-CSRF-Token",
    description: "Goes with the cookie when a method changes something; the value of the `csrf` cookie",
  },
});
