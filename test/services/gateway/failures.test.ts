import { openStall, type Stall } from "./stall.ts";

let stall: Stall;
beforeAll(async () => void (stall = await openStall()));
afterAll(() => stall.close());
beforeEach(() => void (stall.log.length = 0));

const fail = (how: string, headers = {}) => stall.send("POST", "/api/fail", { body: { how }, headers });

test("a declared failure keeps its code, status, title and data", async () => {
  const { status, headers, body } = await fail("gone", { "x-request-id": "request-1" });
  expect([status, headers.get("content-type")]).toEqual([409, "application/problem+json"]);
  expect(body).toEqual({
    type: "urn:problem-type:thing-gone",
    title: "The thing is gone",
    status: 409,
    code: "THING_GONE",
    detail: "The thing is gone",
    requestId: "request-1",
    since: "yesterday",
  });
});

test("any other error is told to nobody but the log, which names the request", async () => {
  const { status, body, text } = await fail("badly", { "x-request-id": "request-2" });
  expect([status, body.code]).toEqual([500, "INTERNAL_ERROR"]);
  expect(text).not.toMatch(/ECONNREFUSED|10\.0|srv|TypeError|things\.fail/);
  expect(stall.log.join()).toMatch(/request-2.*ECONNREFUSED/s);
});

test("a missed deadline is 504", async () => {
  const { status, body } = await fail("late");
  expect([status, body.code]).toEqual([504, "TIMEOUT"]);
});

test("a service that is missing behind the one that was called is named", async () => {
  const { status, body } = await fail("elsewhere");
  expect([status, body.code]).toEqual([503, "CELLAR_UNAVAILABLE"]);
});

test("an error below /v2 also has the form of the Open Inference Protocol", async () => {
  const { status, body } = await stall.send("POST", "/v2/infer", { body: {} });
  expect([status, body.code, body.error]).toEqual([422, "INVALID_INPUT", "The input has faults"]);
  expect((await stall.send("GET", "/v2/nothing")).body.error).toBe("There is nothing at this path");
});

test("a stopped service is 503 until it is back, and never 404", async () => {
  const service = stall.broker.getLocalService("things")!;
  const schema = service.originalSchema;
  await stall.broker.destroyService(service);
  const { status, body } = await stall.send("GET", "/api/things/search");
  expect([status, body.code]).toEqual([503, "THINGS_UNAVAILABLE"]);
  const ready = await stall.send("GET", "/api/health/ready");
  expect([ready.status, ready.body.missing]).toEqual([503, ["things"]]);
  stall.broker.createService(schema!);
  await stall.broker.waitForServices("things");
  expect((await stall.send("GET", "/api/things/search")).status).toBe(200);
  expect((await stall.send("GET", "/api/health/ready")).body).toEqual({ status: "ok", degraded: [] });
});
