import { crossOrigin } from "../../../services/gateway/domain/cross-origin.ts";
import { openStall, type Stall } from "./stall.ts";

let stall: Stall;
beforeAll(async () => void (stall = await openStall()));
afterAll(() => stall.close());

const preflight = (origin: string) =>
  stall.send("OPTIONS", "/api/things/a", { headers: { origin, "access-control-request-method": "PATCH" } });
const read = (origin: string) => stall.send("GET", "/api/things/search", { headers: { origin } });

test.each(["https://app.example.com", "http://localhost:3000"])("pages of %s may call and read", async (origin) => {
  const asked = await preflight(origin);
  expect([asked.status, asked.headers.get("access-control-allow-origin")]).toEqual([204, origin]);
  expect(asked.headers.get("access-control-allow-methods")).toMatch(/PATCH/);
  for (const header of ["Authorization", "Content-Type", "Idempotency-Key", "If-Match", "X-CSRF-Token"]) {
    expect(asked.headers.get("access-control-allow-headers")).toContain(header);
  }
  const answer = await read(origin);
  expect(answer.headers.get("access-control-allow-origin")).toBe(origin);
  expect(answer.headers.get("access-control-allow-credentials")).toBe("true");
  expect(answer.headers.get("access-control-expose-headers")).toMatch(/ETag/);
});

test("a page that the gateway itself serves may call it, under whatever name it is reached", async () => {
  expect((await preflight(stall.url)).status).toBe(204);
});

describe("where the market is reached by https,", () => {
  const { allows } = crossOrigin(["https://app.example.com"], "https://market.example");
  test.each([
    ["https://market.example", "gateway:3000", true],
    ["https://other-name.example", "other-name.example", true],
    ["https://app.example.com", "market.example", true],
    ["http://market.example", "market.example", false],
    ["http://other-name.example", "other-name.example", false],
    ["ftp://market.example", "market.example", false],
    ["http://market.example", undefined, false],
  ])("a page of %s that calls %s may: %s", (origin, host, may) => {
    expect(allows(origin, host)).toBe(may);
  });
});

test.each([
  "https://app.example.co",
  "https://app.example.com.evil.net",
  "https://app.example.com:8443",
  "http://app.example.com",
  "https://APP.example.comx",
  "null",
  "*",
])("pages of %s may not", async (origin) => {
  const asked = await preflight(origin);
  expect([asked.status, asked.body.code]).toEqual([403, "ORIGIN_NOT_ALLOWED"]);
  for (const answer of [asked, await read(origin)]) {
    expect(answer.headers.get("access-control-allow-origin")).toBeNull();
    expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
  }
});

test("caches keep the answers to different origins apart", async () => {
  for (const path of ["/api/things/search", "/api/things/big"]) {
    expect((await stall.send("GET", path)).headers.get("vary")).toMatch(/Origin/);
  }
});

test("a refused request can still be read by a page that may call", async () => {
  const { status, headers } = await stall.send("GET", "/api/nothing", {
    headers: { origin: "https://app.example.com" },
  });
  expect([status, headers.get("access-control-allow-origin")]).toEqual([404, "https://app.example.com"]);
});
