import { GENERAL_LIMIT } from "../../../services/gateway/adapters/rate-limits.ts";
import { accessOf, openStall, type Stall } from "./stall.ts";

let stall: Stall;
beforeEach(async () => {
  stall = await openStall({ settings: { rateLimits: true, trustedProxies: ["127.0.0.1"] } });
});
afterEach(() => stall.close());

const from = (address: string) => ({ "x-forwarded-for": address });
const say = (headers: Record<string, string>) => stall.send("POST", "/api/say", { headers, body: { text: "a" } });
const limits = (headers: Headers) =>
  ["limit", "remaining", "reset"].map((part) => Number(headers.get(`ratelimit-${part}`)));

test("a client is told what is left, and is refused when nothing is", async () => {
  for (const left of [4, 3, 2, 1, 0]) {
    const { status, headers } = await say(from("203.0.113.1"));
    const [limit, remaining, reset] = limits(headers);
    expect([status, limit, remaining]).toEqual([200, 5, left]);
    expect(reset).toBeGreaterThan(500);
  }
  const { status, headers, body } = await say(from("203.0.113.1"));
  expect([status, body.code, limits(headers)[1]]).toEqual([429, "RATE_LIMITED", 0]);
  expect(Number(headers.get("retry-after"))).toBeGreaterThan(500);
  expect(stall.calls).toHaveLength(5);
});

test("one client's share is not another's, and no other route's", async () => {
  for (let i = 0; i < 6; i++) await say(from("203.0.113.1"));
  expect((await say(from("203.0.113.2"))).status).toBe(200);
  const elsewhere = await stall.send("GET", "/api/things", { headers: from("203.0.113.1") });
  expect([elsewhere.status, limits(elsewhere.headers)[0]]).toEqual([200, GENERAL_LIMIT.points]);
});

describe("where one has to be signed in", () => {
  const edit = async (account: string, address: string) => {
    const headers = { ...from(address), authorization: `Bearer ${await accessOf(account, "member")}` };
    return (await stall.send("PATCH", "/api/things/a", { headers, body: { name: "lamp" } })).status;
  };

  test("an account is one client wherever it comes from", async () => {
    for (let i = 0; i < 5; i++) expect(await edit("ada", `203.0.113.${i}`)).toBe(200);
    expect([await edit("ada", "203.0.113.9"), await edit("bob", "203.0.113.9")]).toEqual([429, 200]);
  });
});

test("the strict limit of a public route is the address's, whoever is signed in there", async () => {
  for (let i = 0; i < 5; i++) {
    const authorization = `Bearer ${await accessOf(`account-${i}`, "member")}`;
    expect((await say({ ...from("203.0.113.1"), authorization })).status).toBe(200);
  }
  const authorization = `Bearer ${await accessOf("ada", "member")}`;
  expect((await say({ ...from("203.0.113.1"), authorization })).status).toBe(429);
  expect((await say(from("203.0.113.1"))).status).toBe(429);
  expect((await say({ ...from("203.0.113.2"), authorization })).status).toBe(200);
});

test("guessing tokens counts", async () => {
  for (let i = 0; i < 5; i++)
    expect((await say({ ...from("203.0.113.1"), authorization: `Bearer x${i}` })).status).toBe(401);
  expect((await say({ ...from("203.0.113.1"), authorization: "Bearer x" })).status).toBe(429);
});

test("the general share holds over all routes", async () => {
  const statuses: number[] = [];
  while (statuses.length < GENERAL_LIMIT.points + 10) {
    const wave = ["/api/things", "/api/things/search"].flatMap((path) => Array<string>(5).fill(path));
    const answers = await Promise.all(wave.map((path) => stall.send("GET", path, { headers: from("203.0.113.3") })));
    statuses.push(...answers.map(({ status }) => status));
  }
  expect(statuses.filter((status) => status === 429)).toHaveLength(10);
});
