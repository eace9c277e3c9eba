import { openWorld, type Client, type World } from "../world.ts";

let world: World;
let hasty: Client;
let calm: Client;
beforeAll(async () => {
  world = await openWorld({ roles: ["accounts", "gateway"], env: { RATE_LIMITS: "on" } });
  [hasty, calm] = [await world.member("hasty"), await world.member("calm")];
});
afterAll(() => world.close());

test.each([
  ["signing up", "/accounts/registration", 10],
  ["signing in", "/accounts/login", 20],
  ["asking for a new password", "/accounts/password/reset", 10],
])("%s is limited by the address, however many accounts call from it", async (_what, route, allowed) => {
  // What is refused for its fields is counted like anything else.
  const statuses = [];
  for (let calls = 0; calls <= allowed; calls++) {
    statuses.push((await [hasty, calm, world.visitor()][calls % 3]!.post(route, {})).status);
  }
  expect(statuses.at(-1)).toBe(429);
  for (const who of [hasty, calm, world.visitor()]) {
    const refused = await who.post(route, {});
    expect([refused.status, refused.body.code]).toEqual([429, "RATE_LIMITED"]);
    expect(Number(refused.headers.get("ratelimit-limit"))).toBe(allowed);
  }
  expect((await calm.get("/accounts/me")).status).toBe(200);
});

test("who asks too often is told how long to wait, while others go on", async () => {
  const first = await hasty.get("/accounts/me");
  const left = Number(first.headers.get("ratelimit-remaining"));
  expect(left).toBeLessThan(Number(first.headers.get("ratelimit-limit")));
  for (let calls = 0; calls < left; calls++) expect((await hasty.get("/accounts/me")).status).toBe(200);

  const refused = await hasty.get("/accounts/me");
  expect(refused.status).toBe(429);
  expect(refused.body).toMatchObject({ code: "RATE_LIMITED", status: 429 });
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  expect((await calm.get("/accounts/me")).status).toBe(200);
});
