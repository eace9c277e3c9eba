import fc from "fast-check";
import { Errors, type Context, type Middleware } from "moleculer";
import { uuidv7 } from "uuidv7";
import { isPublished, type Action } from "../../mixins/contract.ts";
import { GENERAL_LIMIT } from "../../services/gateway/adapters/rate-limits.ts";
import { Gateway } from "../../services/gateway/gateway.contract.ts";
import { offered } from "../../services/gateway/gateway.service.ts";
import { Listings } from "../../services/listings/listings.contract.ts";
import { generateDemoCars } from "../../services/listings/demo-cars.ts";
import { eventually } from "../eventually.ts";
import { completions } from "./completions.ts";
import { ApiDocument } from "./openapi.ts";
import { Prober, type Exchange, type Input } from "./prober.ts";
import { scenes } from "./scenes.ts";
import { hostileInput, validInput } from "./requests.ts";
import { Stage } from "./stage.ts";

/** Requests per route and kind; another FUZZ_SEED sends others. */
const RUNS = Number(process.env.FUZZ_RUNS ?? 1000);
fc.configureGlobal({ seed: Number(process.env.FUZZ_SEED ?? 20261121) });
/**
 * Hashing a password takes long on purpose, and so does making anew what is used up; what has no parameters is asked the
 * same every time.
 */
function runsOf(route: string, kind: "valid" | "hostile"): number {
  if (kind === "valid" && route in completions) return Math.min(RUNS, 10);
  if (/^(POST|PUT|PATCH|DELETE) \/accounts|^DELETE/.test(route)) return Math.min(RUNS, 100);
  const { parameters, body } = prober.operation(route);
  const isPlain = !body && parameters.every((parameter) => parameter.in === "header");
  return isPlain ? Math.min(RUNS, kind === "valid" ? 20 : 200) : RUNS;
}

const actions = [...offered, Gateway]
  .flatMap((contract): Action[] => Object.values(contract.$actions))
  .filter(isPublished);
const routes = actions.map(({ http }) => http as string);
const posts = routes.filter((route) => route.startsWith("POST "));
const gets = routes.filter((route) => route.startsWith("GET "));
const withBody = routes.filter((route) => /^(POST|PUT|PATCH) /.test(route));
const JSON_TYPE = { "content-type": "application/json" };

jest.setTimeout(600_000);

let stage: Stage;
let api: ApiDocument;
let prober: Prober;

/** What goes wrong behind the gateway, or in its own actions. */
let trouble: "none" | "crash" | "crashInside" | "hang" | "away" = "none";
const troubles: Middleware = {
  name: "Troubles",
  localAction: (next, action) =>
    async function (this: unknown, ctx: Context) {
      const inside = /^gateway\.(?!rest)/.test(action.name ?? "");
      const behind = !/^(gateway|\$node)\./.test(action.name ?? "");
      if (trouble === "none" || !(trouble === "crashInside" ? inside : behind)) return next.call(this as never, ctx);
      if (trouble === "away") throw new Errors.ServiceNotAvailableError({ action: action.name ?? "", nodeID: "gone" });
      if (trouble === "hang") return new Promise((resolve) => setTimeout(resolve, 60_000).unref());
      throw new Error("connect ECONNREFUSED 10.0.0.3 at /srv/secret.ts");
    } as never,
};

beforeAll(async () => {
  // Troubles come in numbers that would open the circuit breaker, which answers 503 for them.
  stage = await Stage.open({ middlewares: [troubles], broker: { circuitBreaker: { enabled: false } } });
  await Listings.importCars(stage.world.broker, { importId: "fuzz", cars: generateDemoCars(300) as never });
  const { admin } = stage;
  await eventually(async () => expect((await admin.get("/cars/filter-search")).body.total).toBeGreaterThan(200));
  api = new ApiDocument((await admin.get("/openapi.json")).body);
  prober = await Prober.open(stage, api);
});
beforeEach(() => stage.keepAdmin());
afterEach(() => void (trouble = "none"));
afterAll(async () => {
  prober.close();
  await stage.close();
});

/** The status of an answer that the document declares in just this shape; anything else fails the test. */
async function declared(route: string, answering: Promise<Exchange>): Promise<number> {
  const answer = await answering;
  expect(api.faultOf(prober.operation(route), answer)).toBeUndefined();
  return answer.status;
}
const raw = (route: string, body?: string, headers?: Record<string, string>) =>
  declared(route, prober.exchange(route, prober.pathOf(route), body, headers));
const sample = (route: string): Input => fc.sample(validInput(prober, route), 1)[0]!;
const send = (route: string, input: Input, headers?: Record<string, string>) =>
  declared(route, prober.send(route, input, headers));

test.each(routes)("%s: every valid request gives 2xx as declared", async (route) => {
  await fc.assert(
    fc.asyncProperty(validInput(prober, route), async (given) => {
      const [input, sender] = await prober.completed(route, given);
      const answer = await prober.send(route, input, sender);
      expect(api.faultOf(prober.operation(route), answer)).toBeUndefined();
      expect(answer.status < 300 ? "" : answer.text).toBe("");
      await prober.recover(route, answer);
    }),
    { numRuns: runsOf(route, "valid") },
  );
});

test.each(routes)("%s: no hostile request gives 5xx or an undeclared answer", async (route) => {
  const operation = prober.operation(route);
  await fc.assert(
    fc.asyncProperty(hostileInput(prober, route), async (input) => {
      const answer = await prober.send(route, input);
      // A hostile path may name no route at all.
      if (answer.status === 404 && !("404" in operation.responses)) return;
      expect(answer.status).toBeLessThan(500);
      expect(api.faultOf(operation, answer)).toBeUndefined();
      if (answer.status === 422) expect(JSON.parse(answer.text).code).toMatch(/^[A-Z_]+$/);
      await prober.recover(route, answer);
    }),
    { numRuns: runsOf(route, "hostile") },
  );
});

test.each(withBody)("%s: an unreadable, foreign or huge body is refused", async (route) => {
  expect(await raw(route, '{"brand": "Au', JSON_TYPE)).toBe(400);
  expect(await raw(route, "brand=Audi", { "content-type": "application/x-www-form-urlencoded" })).toBe(415);
  expect(await raw(route, JSON.stringify({ text: "x".repeat(10 * 1024 * 1024) }), JSON_TYPE)).toBe(413);
  expect(await raw(route, '{"__proto__": {"isAdmin": true}}', JSON_TYPE)).toBe(422);
  expect([400, 422]).toContain(await raw(route, "[".repeat(20_000) + "]".repeat(20_000), JSON_TYPE));
});

test.each(routes)("%s: a broken token or URL is refused", async (route) => {
  const body = withBody.includes(route) ? "{}" : undefined;
  expect(await raw(route, body, { ...(body ? JSON_TYPE : {}), authorization: "Bearer nonsense" })).toBe(401);
  const broken = prober.exchange(route, `${prober.pathOf(route)}?q=%ff`, body, body ? JSON_TYPE : {});
  expect(await declared(route, broken)).toBe(400);
});

test.each(routes)("%s: an unknown parameter is refused by name", async (route) => {
  const input = sample(route);
  const answer = await prober.send(route, { ...input, query: { ...input.query, surprise: 1 } });
  expect(api.faultOf(prober.operation(route), answer)).toBeUndefined();
  expect(answer.status).toBe(422);
  expect(JSON.parse(answer.text).errors.map((fault: { path: string }) => fault.path)).toContain("surprise");
});

test.each(gets)("%s: what the client has already is not sent again", async (route) => {
  const [input] = await prober.completed(route, sample(route));
  expect(await send(route, input, { "if-none-match": "*" })).toBe(304);
});

test("an Idempotency-Key out of shape, and one that is in use, are refused by every POST", async () => {
  for (const route of posts)
    expect(await raw(route, "{}", { ...JSON_TYPE, "idempotency-key": "k".repeat(200) })).toBe(422);
  trouble = "hang";
  const refuseSecond = async (route: string) => {
    const [input, key] = [sample(route), { "idempotency-key": uuidv7() }];
    const first = prober.send(route, input, key);
    const second = await eventually(async () => {
      const answer = await prober.send(route, input, key);
      expect(answer.status).toBe(409);
      return answer;
    });
    return [await declared(route, Promise.resolve(second)), await declared(route, first)];
  };
  const statuses = await Promise.all(posts.map(refuseSecond));
  expect(statuses).toEqual(posts.map(() => [409, 504]));
});

test("what is not there, not theirs, or has changed since, is refused", async () => {
  const nowhere = { path: { id: uuidv7() }, query: {}, body: undefined };
  for (const route of ["GET /cars/:id", "DELETE /cars/:id"]) expect(await send(route, nowhere)).toBe(404);
  expect(await send("PATCH /cars/:id", { ...nowhere, body: { price: 1 } })).toBe(404);
  expect(await send("GET /cars/similar", { path: {}, query: { id: uuidv7() }, body: undefined })).toBe(404);
  for (const route of routes.filter((each) => each.includes("/models/:name"))) {
    const input = sample(route);
    expect(await send(route, { ...input, path: { ...input.path, name: "nobody" } })).toBe(404);
  }
  const mine = { path: { id: prober.known.carId }, query: {}, body: { price: 1 } };
  const stranger = { authorization: `Bearer ${(await stage.world.member("stranger")).access}` };
  for (const [route, input] of [
    ["PATCH /cars/:id", mine],
    ["DELETE /cars/:id", { ...mine, body: undefined }],
  ] as const) {
    expect(await send(route, input, { "if-match": '"99-x"' })).toBe(412);
    expect(await send(route, input, stranger)).toBe(403);
  }
});

test.each(Object.keys(scenes))("%s", async (scene) => {
  const [route, status] = scene.split(" → ") as [string, string];
  const { headers, ...completion } = await scenes[scene]!(stage);
  const nothing = { path: prober.idsFor(route), query: {}, body: undefined };
  const [input, sender] = prober.with(nothing, completion);
  expect(await send(route, input, { ...sender, ...headers })).toBe(Number(status));
});

test("a session's cookies do nothing unsafe without its CSRF token", async () => {
  const answer = await fetch(`${stage.world.url}/api/accounts/registration`, {
    method: "POST",
    headers: JSON_TYPE,
    body: JSON.stringify({ email: "cookies@example.com", password: "a pass phrase with words" }),
  });
  const cookie = answer.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");
  const guarded = actions.filter(
    ({ http, auth, cookies }) => !http.startsWith("GET") && (auth !== "public" || cookies),
  );
  for (const route of guarded.map(({ http }) => http)) {
    expect(
      await raw(route, withBody.includes(route) ? "{}" : undefined, {
        cookie,
        ...(withBody.includes(route) ? JSON_TYPE : {}),
      }),
    ).toBe(403);
  }
});

test("a method that a path does not know gets 405 and the ones it knows", async () => {
  for (const path of new Set(routes.map((route) => prober.pathOf(route)))) {
    const known = routes.filter((route) => prober.pathOf(route) === path).map((route) => route.split(" ")[0]!);
    const method = ["PUT", "POST", "DELETE"].find((each) => !known.includes(each))!;
    const answer = await fetch(stage.world.url + path, { method });
    expect(answer.status).toBe(405);
    for (const each of known) expect(answer.headers.get("allow")).toContain(each);
    expect(((await answer.json()) as { code: string }).code).toBe("METHOD_NOT_ALLOWED");
  }
});

test.each(["crash", "crashInside", "hang", "away"] as const)(
  "when services %s every route gives its declared answer",
  async (kind) => {
    // The others do as always what they are asked, such as deleting the one who asks.
    const troubled = kind === "crashInside" ? Object.values(Gateway.$actions).map(({ http }) => http) : routes;
    trouble = kind;
    const answers = await Promise.all(
      troubled.map(async (route) => [route, await prober.send(route, sample(route))] as const),
    );
    trouble = "none";
    for (const [route, answer] of answers) {
      expect(api.faultOf(prober.operation(route), answer)).toBeUndefined();
      expect(answer.text).not.toMatch(/ECONNREFUSED|secret\.ts|10\.0\.0\.3/);
    }
  },
);

test("without an essential service the market is not ready", async () => {
  await stage.world.takeAway("listings");
  expect(await raw("GET /health/ready")).toBe(503);
});

test("past the limit every route says how long to wait", async () => {
  await stage.close();
  stage = await Stage.open({ env: { RATE_LIMITS: "on" } });
  const limited = await Prober.open(stage, api);
  for (let calls = 0; calls < GENERAL_LIMIT.points; calls++) await stage.admin.get("/health/live");
  for (const route of routes) {
    const body = withBody.includes(route) ? "{}" : undefined;
    const answer = await limited.exchange(route, limited.pathOf(route), body, body ? JSON_TYPE : {});
    expect(await declared(route, Promise.resolve(answer))).toBe(429);
    expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
  }
  limited.close();
});

/** What takes two requests that overtake each other. */
const RACES = [
  // Suspended between its registration and its first session.
  "accounts.register → 403",
];

test("every declared answer was reached", () => {
  expect(api.unreached().filter((pair) => !RACES.includes(pair))).toEqual([]);
});
