import { accessOf, csrfToken, openStall, type Stall } from "./stall.ts";

const STRANGER = "https://attacker.example";
const csrf = csrfToken("session-of-ada");

let stall: Stall;
let access: string;
let signedIn: string;
beforeAll(async () => {
  stall = await openStall();
  access = await accessOf("ada", "moderator");
  signedIn = `access=${access}; csrf=${csrf}; refresh=refresh-of-ada`;
});
afterAll(() => stall.close());
beforeEach(() => void (stall.calls.length = 0));

type Headers = Record<string, string>;
const unsafe: [string, (headers: Headers) => Promise<{ status: number; body?: { code: string } }>][] = [
  ["POST", (headers) => stall.send("POST", "/api/things", { headers, body: { name: "lamp" } })],
  ["PATCH", (headers) => stall.send("PATCH", "/api/things/a", { headers, body: { name: "lamp" } })],
  ["DELETE", (headers) => stall.send("DELETE", "/api/things/a", { headers })],
];

describe.each(unsafe)("in cookie mode, %s", (_method, send) => {
  test.each<[string, Headers]>([
    ["no token", {}],
    ["an empty token", { "x-csrf-token": "" }],
    ["a token of the right length", { "x-csrf-token": "x".repeat(csrf.length) }],
    ["a token that lacks its end", { "x-csrf-token": csrf.slice(0, -1) }],
    ["another session's token", { "x-csrf-token": csrfToken("session-of-bob") }],
    ["the session's id", { "x-csrf-token": "session-of-ada" }],
  ])("with %s is refused and nothing happens", async (_what, headers) => {
    const { status, body } = await send({ cookie: signedIn, ...headers });
    expect([status, body?.code, stall.calls]).toEqual([403, "CSRF_TOKEN_INVALID", []]);
  });

  test("with another session's token is refused though that one stands in the csrf cookie, too", async () => {
    const bobs = csrfToken("session-of-bob");
    const { status } = await send({ cookie: `access=${access}; csrf=${bobs}`, "x-csrf-token": bobs });
    expect([status, stall.calls]).toEqual([403, []]);
  });

  test("with the session's token is done", async () => {
    expect((await send({ cookie: signedIn, "x-csrf-token": csrf })).status).toBeLessThan(300);
  });

  test("with an access token in the header needs none", async () => {
    expect((await send({ authorization: `Bearer ${access}`, cookie: signedIn })).status).toBeLessThan(300);
  });

  test("with a bad access token in the header is refused, whatever the cookies say", async () => {
    const { status } = await send({ authorization: "Bearer x.y.z", cookie: signedIn, "x-csrf-token": csrf });
    expect([status, stall.calls]).toEqual([401, []]);
  });

  test("without cookies is 401 with or without a token", async () => {
    expect((await send({})).status).toBe(401);
    expect((await send({ "x-csrf-token": csrf })).status).toBe(401);
  });

  test("from a page of another origin is refused without the token", async () => {
    const { status } = await send({ cookie: signedIn, origin: STRANGER });
    expect([status, stall.calls]).toEqual([403, []]);
  });
});

test.each(["GET", "HEAD"])("%s changes nothing and needs no token", async (method) => {
  expect((await stall.send(method, "/api/who-am-i", { headers: { cookie: signedIn } })).status).toBe(200);
});

describe("a page of another origin", () => {
  test("may not read what a browser's cookies show", async () => {
    const answer = await stall.send("GET", "/api/who-am-i", { headers: { cookie: signedIn, origin: STRANGER } });
    expect(answer.headers.get("access-control-allow-origin")).toBeNull();
    expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
  });

  test("may not ask before sending a token either", async () => {
    const headers = { origin: STRANGER, "access-control-request-method": "POST" };
    expect((await stall.send("OPTIONS", "/api/things", { headers })).status).toBe(403);
  });

  test.each(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])(
    "cannot sign a browser in as somebody else by a form of %s",
    async (type) => {
      const headers = { origin: STRANGER, "content-type": type };
      const answer = await stall.send("POST", "/api/sign-in", { headers, body: '{"name":"eve"}' });
      expect([answer.status, answer.headers.getSetCookie(), stall.calls]).toEqual([415, [], []]);
    },
  );
});

describe("a parameter out of a cookie", () => {
  const refresh = (headers: Headers) => stall.send("POST", "/api/refresh", { headers, body: {} });
  test.each<[string, Headers]>([
    ["no token", {}],
    ["a wrong token", { "x-csrf-token": "x".repeat(csrf.length) }],
    ["another session's token", { "x-csrf-token": csrfToken("session-of-bob") }],
  ])("with %s is not taken, and no cookie is cleared", async (_what, headers) => {
    const answer = await refresh({ cookie: signedIn, ...headers });
    expect([answer.status, answer.body.code, answer.headers.getSetCookie()]).toEqual([403, "CSRF_TOKEN_INVALID", []]);
    expect(stall.calls).toEqual([]);
  });

  test("with the token that was set with it is taken, also when the access cookie has gone", async () => {
    expect((await refresh({ cookie: signedIn, "x-csrf-token": csrf })).status).toBe(200);
    const later = `csrf=${csrf}; refresh=refresh-of-ada`;
    expect((await refresh({ cookie: later, "x-csrf-token": csrf })).body).toEqual({ refresh: "refresh-of-ada" });
  });
});
