import { sessionCookies } from "../../../mixins/session-cookies.ts";
import { accessOf, csrfToken, issuer, openStall, type Stall } from "./stall.ts";

let stall: Stall;
let access: string;
beforeAll(async () => {
  stall = await openStall({ settings: { trustedProxies: ["127.0.0.1", "10.0.0.0/8"] } });
  access = await accessOf("ada", "member");
});
afterAll(() => stall.close());
beforeEach(() => void (stall.calls.length = 0));

const whoAmI = async (headers: Record<string, string>) => (await stall.send("GET", "/api/who-am-i", { headers })).body;
const csrf = csrfToken("session-of-ada");

describe("a bearer token", () => {
  test("says who calls", async () => {
    expect(await whoAmI({ authorization: `Bearer ${access}` })).toMatchObject({
      accountId: "ada",
      roles: ["member"],
      sessionId: "session-of-ada",
    });
  });

  test.each(["Bearer", "Bearer nonsense", "Basic YTpi", "Bearer a.b.c", "token"])(
    "that is not good is refused even where nobody must sign in: %s",
    async (authorization) => {
      const answer = await stall.send("GET", "/api/who-am-i", { headers: { authorization } });
      expect([answer.status, answer.body.code, answer.headers.get("www-authenticate")]).toEqual([
        401,
        "UNAUTHENTICATED",
        "Bearer",
      ]);
    },
  );

  test("is asked for before the body is looked at", async () => {
    expect((await stall.send("POST", "/api/things", { body: "{broken" })).status).toBe(401);
  });

  test("of another role is 403, of an admin is enough", async () => {
    const remove = async (role: string) =>
      stall.send("DELETE", "/api/things/a", { headers: { authorization: `Bearer ${await accessOf("ada", role)}` } });
    expect((await remove("member")).body.code).toBe("FORBIDDEN");
    expect((await remove("admin")).status).toBe(204);
  });
});

test("nothing that a client sends becomes part of who it is", async () => {
  const meta = await whoAmI({ "x-account-id": "eve", meta: '{"accountId":"eve"}', "user-agent": "tester" });
  expect(Object.keys(meta).sort()).toEqual(["ip", "requestId", "userAgent"]);
  const refused = await stall.send("GET", "/api/who-am-i?accountId=eve&%24statusCode=500");
  expect(refused.status).toBe(422);
});

describe("a cookie", () => {
  const cookie = () => `access=${access}`;

  test("says who reads", async () => {
    expect((await whoAmI({ cookie: cookie() })).accountId).toBe("ada");
  });

  test("that is stale is nobody where nobody must sign in, and 401 elsewhere", async () => {
    const claims = { accountId: "ada", roles: ["member"], sessionId: "s" };
    const stale = await issuer.sign(claims, Date.now() - 3_600_000);
    expect((await whoAmI({ cookie: `access=${stale}` })).accountId).toBeUndefined();
    const answer = await stall.send("POST", "/api/things", {
      headers: { cookie: `access=${stale}` },
      body: { name: "a" },
    });
    expect(answer.status).toBe(401);
  });

  test.each([
    ["no token", {}],
    ["a wrong token", { "x-csrf-token": "x".repeat(csrf.length) }],
    ["the token of another session", { "x-csrf-token": csrfToken("another") }],
  ])("with %s changes nothing", async (_what, headers) => {
    const answer = await stall.send("POST", "/api/things", {
      headers: { cookie: cookie(), ...headers },
      body: { name: "a" },
    });
    expect([answer.status, answer.body.code]).toEqual([403, "CSRF_TOKEN_INVALID"]);
    expect(stall.calls).toEqual([]);
  });

  test("with the session's token may change things", async () => {
    const headers = { cookie: cookie(), "x-csrf-token": csrf };
    expect((await stall.send("POST", "/api/things", { headers, body: { name: "a" } })).status).toBe(201);
  });

  test("without the token does not hinder what anybody may do", async () => {
    const answer = await stall.send("POST", "/api/say", { headers: { cookie: cookie() }, body: { text: "a" } });
    expect(answer.status).toBe(200);
  });

  test("that is a parameter needs the token that was set with it", async () => {
    const refresh = (headers: Record<string, string>, body: unknown = {}) =>
      stall.send("POST", "/api/refresh", { headers, body });
    expect((await refresh({ cookie: "refresh=r1; csrf=t1" })).body.code).toBe("CSRF_TOKEN_INVALID");
    expect((await refresh({ cookie: "refresh=r1; csrf=t1", "x-csrf-token": "t1" })).body).toEqual({ refresh: "r1" });
    expect((await refresh({ cookie: "refresh=r1" }, { refresh: "r2" })).body).toEqual({ refresh: "r2" });
  });
});

describe("a sign-in", () => {
  test("sets the cookies of a session, a sign-out clears them", async () => {
    const opened = await stall.send("POST", "/api/sign-in", { body: { name: "ada" } });
    const set = opened.headers.getSetCookie();
    expect(set).toEqual([
      `access=${opened.body.access}; Max-Age=900; Path=/; HttpOnly; SameSite=Lax`,
      `refresh=refresh-of-ada; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax`,
      `csrf=${csrf}; Max-Age=604800; Path=/; SameSite=Lax`,
    ]);
    const closed = await stall.send("POST", "/api/sign-out");
    expect(closed.headers.getSetCookie().map((one) => one.split(";", 2).join(";"))).toEqual([
      "access=; Max-Age=0",
      "refresh=; Max-Age=0",
      "csrf=; Max-Age=0",
    ]);
  });

  test("over https its cookies are bound to the host", async () => {
    const secure = await openStall({ settings: { publicUrl: "https://market.example" } });
    const opened = await secure.send("POST", "/api/sign-in", { body: { name: "ada" } });
    for (const one of opened.headers.getSetCookie())
      expect(one).toMatch(/^__Host-(access|refresh|csrf)=.*; Path=\/;.*Secure/);
    expect(opened.headers.get("strict-transport-security")).toMatch(/max-age/);
    const read = async (cookie: string) =>
      (await secure.send("GET", "/api/who-am-i", { headers: { cookie } })).body.accountId;
    expect(await read(`__Host-access=${access}`)).toBe("ada");
    expect(await read(`access=${access}`)).toBeUndefined();
    await secure.close();
  });

  test("names its cookies in one place for both sides", () => {
    const cookies = sessionCookies({ publicUrl: "https://market.example" });
    const header = cookies.open({ access: "a", refresh: "r", csrfToken: "c" }).map((one) => one.split(";")[0]);
    expect(["access", "refresh", "csrf"].map(cookies.read(header.join("; ")))).toEqual(["a", "r", "c"]);
  });
});

describe("the client's address", () => {
  test.each([
    ["203.0.113.7", "203.0.113.7"],
    ["6.6.6.6, 203.0.113.7", "203.0.113.7"],
    ["203.0.113.7, 10.1.2.3", "203.0.113.7"],
    ["2001:db8::1", "2001:db8::1"],
    ["nonsense", "127.0.0.1"],
  ])("behind trusted proxies is the last one that they do not vouch for: %s", async (forwarded, ip) => {
    expect((await whoAmI({ "x-forwarded-for": forwarded })).ip).toBe(ip);
  });

  test("is the peer's when nobody is trusted", async () => {
    const direct = await openStall();
    const answer = await direct.send("GET", "/api/who-am-i", { headers: { "x-forwarded-for": "203.0.113.7" } });
    expect(answer.body.ip).toBe("127.0.0.1");
    await direct.close();
  });
});
