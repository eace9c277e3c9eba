import { openStall, type Stall } from "./stall.ts";

let stall: Stall;
beforeAll(async () => void (stall = await openStall()));
afterAll(() => stall.close());
beforeEach(() => void (stall.calls.length = 0));

test.each([
  ["/api/things/search", "search"],
  ["/api/things/search/", "search"],
  ["/api/things/abc", "thing"],
  ["/api/things", "list"],
  ["/api/things/", "list"],
])("GET %s is answered by %s", async (path, action) => {
  expect((await stall.send("GET", path)).status).toBe(200);
  expect(stall.calls).toEqual([action]);
});

test("a path parameter is decoded once and keeps its slashes", async () => {
  expect((await stall.send("GET", "/api/things/a%2Fb%2525")).body.id).toBe("a/b%25");
});

test.each(["/", "/api", "/api/nothing", "/api/things/a/b", "/API/things", "//api/things", "/api//things"])(
  "%s is not there: 404 as a problem",
  async (path) => {
    const { status, body, headers } = await stall.send("GET", path);
    expect([status, body.code, headers.get("content-type")]).toEqual([
      404,
      "ROUTE_NOT_FOUND",
      "application/problem+json",
    ]);
  },
);

test.each([
  "/api/~node/options",
  "/~node/list",
  "/api/$node/list",
  "/things/secret",
  "/api/things.secret",
  "/api/gateway/rest",
  "/api/gateway/listAliases",
  "/gateway/list-aliases",
])("nothing but the routes can be reached: %s", async (path) => {
  expect((await stall.send("GET", path)).status).toBe(404);
  expect((await stall.send("POST", path, { body: {} })).status).toBe(404);
});

test.each([
  ["DELETE", "/api/things/search", "GET, HEAD, OPTIONS"],
  ["PUT", "/api/things", "GET, POST, HEAD, OPTIONS"],
  ["POST", "/api/things/abc", "GET, PATCH, DELETE, HEAD, OPTIONS"],
  ["GET", "/api/say", "POST, OPTIONS"],
  ["HEAD", "/api/say", "POST, OPTIONS"],
])("%s %s is 405 and says what is allowed", async (method, path, allow) => {
  const { status, headers } = await stall.send(method, path);
  expect([status, headers.get("allow")]).toEqual([405, allow]);
  expect(stall.calls).toEqual([]);
});

test("HEAD answers as GET does, without the body", async () => {
  const get = await stall.send("GET", "/api/things/search");
  const head = await stall.send("HEAD", "/api/things/search");
  expect([head.status, head.text]).toEqual([200, ""]);
  for (const name of ["content-length", "content-type", "etag"])
    expect(head.headers.get(name)).toBe(get.headers.get(name));
});

test.each([{}, { "access-control-request-method": "DELETE" }, { origin: "https://evil.example" }])(
  "OPTIONS never runs an action (%j)",
  async (headers) => {
    const answer = await stall.send("OPTIONS", "/api/things/abc", { headers: headers as Record<string, string> });
    expect([answer.status, answer.headers.get("allow")]).toEqual([204, "GET, PATCH, DELETE, HEAD, OPTIONS"]);
    expect(stall.calls).toEqual([]);
  },
);

test("OPTIONS of nothing is 404", async () => {
  expect((await stall.send("OPTIONS", "/api/nothing")).status).toBe(404);
});

test("an action at the root stands outside /api only", async () => {
  expect((await stall.send("POST", "/v2/infer", { body: { id: "a" } })).status).toBe(200);
  expect((await stall.send("POST", "/api/v2/infer", { body: { id: "a" } })).status).toBe(404);
});
