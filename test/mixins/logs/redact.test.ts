import { redacted, redactedText } from "../../../mixins/logs/redact.ts";

const JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJlLW9mLWFkYQ";
const REFRESH = "0193b5a0-7d3c-7c3e-9f5e-0d8f4d1c2b3a.3.Rk9vYmFyQmF6UXV4Rk9vYmFyQmF6UXV4Rk9vYmFyQmE";

test.each([
  [`GET /x with Authorization: Bearer ${JWT}`, "GET /x with Authorization: Bearer [redacted]"],
  ["authorization: Basic dXNlcjpwYXNz", "authorization: Basic [redacted]"],
  ["connect nats://ada:hunter22@nats:4222 failed", "connect nats://[redacted]@nats:4222 failed"],
  ["mongodb+srv://ada:p@ss@db.example.com/market", "mongodb+srv://[redacted]@db.example.com/market"],
  ["redis://:hunter22@cache:6379/0", "redis://[redacted]@cache:6379/0"],
  [`the token was ${JWT}.`, "the token was [redacted]"],
  [`refused ${REFRESH} of Ada`, "refused [redacted] of Ada"],
  ["Cookie: session=abc; theme=dark", "Cookie: [redacted]"],
  ["/cb?code=7&access_token=hunter22&x=1", "/cb?code=7&access_token=[redacted]&x=1"],
  [`{"email":"ada@example.com","password":"hunter 22"}`, `{"email":"ada@example.com","password":[redacted]}`],
  ["JWT_SECRET=hunter22hunter22 is weak", "JWT_SECRET=[redacted] is weak"],
])("a text loses its secrets and nothing else: %s", (text, clean) => {
  expect(redactedText(text)).toBe(clean);
});

test.each([
  "Service 'accounts' started.",
  "search cannot apply listings.changed 0193b5a0-7d3c-7c3e-9f5e-0d8f4d1c2b3a",
  "See https://example.com/a@b and http://localhost:3000/api",
  "The token is not valid",
  "Waiting for 3 running context(s)...",
])("a text without secrets stays: %s", (text) => {
  expect(redactedText(text)).toBe(text);
});

test.each([
  "authorization",
  "Proxy-Authorization",
  "cookie",
  "set-cookie",
  "password",
  "newPassword",
  "passwordHash",
  "jwtSecret",
  "S3_SECRET",
  "refreshToken",
  "X-CSRF-Token",
  "access",
  "refresh",
  "apiKey",
])("a field named %s is blanked, however deep", (name) => {
  expect(redacted({ headers: [{ [name]: "hunter22" }] })).toEqual({ headers: [{ [name]: "[redacted]" }] });
});

test.each(["accessedAt", "handle", "key", "author", "passengers", "refreshMs"])("a field named %s stays", (name) => {
  expect(redacted({ [name]: "x" })).toEqual({ [name]: "x" });
});

test("an error keeps what an operator needs and nothing that a client hung on it", () => {
  const cause = Object.assign(new Error("connect redis://:hunter22@cache:6379"), { command: { args: ["hunter22"] } });
  const error = Object.assign(new TypeError("It failed", { cause }), {
    ...{ code: 500, type: "FAILED", data: { password: "hunter22", id: 7 }, meta: { headers: { cookie: "hunter22" } } },
  });
  const told = redacted({ error }) as { error: Record<string, unknown> };
  expect(JSON.stringify(told)).not.toContain("hunter22");
  expect(told.error).toMatchObject({
    ...{ type: "TypeError", message: "It failed", code: 500, kind: "FAILED", data: { password: "[redacted]", id: 7 } },
    stack: expect.stringContaining("redact.test"),
    cause: { message: "connect redis://[redacted]@cache:6379" },
  });
});

test("what has no end or no place in JSON is bounded", () => {
  const circle: Record<string, unknown> = { bytes: Buffer.alloc(9), big: 7n, when: new Date(0), none: undefined };
  circle.self = circle;
  expect(JSON.stringify(redacted(circle))).toContain("…");
  expect(redacted({ bytes: circle.bytes, big: 7n, when: circle.when })).toEqual({
    ...{ bytes: "9 bytes", big: "7", when: "1970-01-01T00:00:00.000Z" },
  });
  expect(redactedText("x".repeat(100_000)).length).toBeLessThan(20_000);
});
