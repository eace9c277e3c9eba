import { openWorld, type World } from "../world.ts";

let world: World;
beforeAll(async () => void (world = await openWorld({ roles: ["accounts", "gateway"], env: { RATE_LIMITS: "on" } })));
afterAll(() => world.close());

test("who asks too often is told how long to wait, while others go on", async () => {
  const [hasty, calm] = [await world.member("hasty"), await world.member("calm")];
  const first = await hasty.get("/accounts/me");
  const allowed = Number(first.headers.get("ratelimit-limit"));
  expect(Number(first.headers.get("ratelimit-remaining"))).toBeLessThan(allowed);
  for (let calls = 1; calls < allowed; calls++) expect((await hasty.get("/accounts/me")).status).toBe(200);

  const refused = await hasty.get("/accounts/me");
  expect(refused.status).toBe(429);
  expect(refused.body).toMatchObject({ code: "RATE_LIMITED", status: 429 });
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  expect((await calm.get("/accounts/me")).status).toBe(200);
});

test("signing in is limited more strictly than reading", async () => {
  const visitor = world.visitor();
  const wrong = { email: "nobody@example.com", password: "not the pass phrase" };
  const reading = Number((await visitor.get("/health/live")).headers.get("ratelimit-limit"));
  const signingIn = Number((await visitor.post("/accounts/login", wrong)).headers.get("ratelimit-limit"));
  expect(signingIn).toBeLessThan(reading / 10);
});
