import { accessOf, csrfToken, openStall, type Stall } from "./stall.ts";

let secure: Stall;
let plain: Stall;
beforeAll(async () => {
  secure = await openStall({ settings: { publicUrl: "https://market.example" } });
  plain = await openStall();
});
afterAll(() => Promise.all([secure.close(), plain.close()]));

/** Cookies that an answer sets: name → attributes, lower case, without the value. */
const setBy = (headers: Headers) =>
  Object.fromEntries(
    headers.getSetCookie().map((text) => {
      const [pair, ...attributes] = text.split("; ");
      return [pair!.split("=")[0]!, attributes.map((attribute) => attribute.toLowerCase()).sort()];
    }),
  );

test("over https every cookie is of this host alone, Secure and SameSite, and scripts read the CSRF token only", async () => {
  const opened = setBy((await secure.send("POST", "/api/sign-in", { body: { name: "ada" } })).headers);
  const shared = ["path=/", "samesite=lax", "secure"];
  expect(opened).toEqual({
    "__Host-access": ["httponly", "max-age=900", ...shared],
    "__Host-refresh": ["httponly", "max-age=604800", ...shared],
    "__Host-csrf": ["max-age=604800", ...shared],
  });
  const closed = setBy((await secure.send("POST", "/api/sign-out")).headers);
  expect(closed).toEqual({
    "__Host-access": ["httponly", "max-age=0", ...shared],
    "__Host-refresh": ["httponly", "max-age=0", ...shared],
    "__Host-csrf": ["max-age=0", ...shared],
  });
});

test("over https cookies that a neighbour could have set count for nothing", async () => {
  const access = await accessOf("ada", "member");
  const csrf = csrfToken("session-of-ada");
  const make = (cookie: string) =>
    secure.send("POST", "/api/things", { headers: { cookie, "x-csrf-token": csrf }, body: { name: "lamp" } });
  expect((await make(`access=${access}; csrf=${csrf}`)).status).toBe(401);
  expect((await make(`__Host-access=${access}`)).status).toBe(201);
  const refresh = (cookie: string) =>
    secure.send("POST", "/api/refresh", { headers: { cookie, "x-csrf-token": "t" }, body: {} });
  expect((await refresh("__Host-refresh=r; csrf=t")).status).toBe(403);
  expect((await refresh("refresh=r; __Host-csrf=t")).status).toBe(422);
  expect((await refresh("__Host-refresh=r; __Host-csrf=t")).body).toEqual({ refresh: "r" });
});

test("over http they have their plain names and are not Secure", async () => {
  const opened = setBy((await plain.send("POST", "/api/sign-in", { body: { name: "ada" } })).headers);
  expect(Object.keys(opened)).toEqual(["access", "refresh", "csrf"]);
  expect(Object.values(opened).flat()).not.toContain("secure");
});

test("a sign-in that waits for a second factor sets no cookies", async () => {
  const answer = await plain.send("POST", "/api/sign-in", { body: { name: "who-has-two-factors" } });
  expect([answer.status, answer.body, answer.headers.getSetCookie()]).toEqual([202, { pending: true }, []]);
});

test.each([
  ["a refresh that fails", "/api/refresh", { refresh: "bad" }],
  ["a sign-in that fails", "/api/sign-in", { name: "nobody" }],
])("%s clears no cookie: another tab may hold them already anew", async (_what, path, body) => {
  const cookie = `access=${await accessOf("ada", "member")}; refresh=bad; csrf=${csrfToken("session-of-ada")}`;
  const answer = await plain.send("POST", path, { headers: { cookie }, body });
  expect([answer.status, answer.headers.getSetCookie()]).toEqual([409, []]);
});
