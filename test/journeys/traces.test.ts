import { OtlpCollector, type ReceivedSpan } from "../doubles/otlp-collector.ts";
import { eventually } from "../eventually.ts";
import { openWorld, type World } from "../world.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT = "00f067aa0ba902b7";
const TUCSON = {
  ...{ brand: "Hyundai", model: "Tucson", year: 2018, mileage: 32_000, mileageUnit: "mi" },
  ...{ fuelType: "Petrol", transmission: "Manual", engineSize: 1.6, price: 14_500, currency: "GBP" },
};

let world: World;
let collector: OtlpCollector;

beforeAll(async () => {
  collector = await new OtlpCollector().start();
  world = await openWorld({ env: { TRACING_URL: collector.url, TRACING_SHARE: "0" } });
});
afterAll(async () => {
  await world.close();
  await collector.stop();
});

const named = (spans: ReceivedSpan[], name: string) => spans.find((span) => span.name === name)!;

test("one trace shows a request with all that it causes: calls, the fact, and what its subscriber does", async () => {
  const seller = await world.member("tracer");
  const answer = await seller.post("/cars", TUCSON, { traceparent: `00-${TRACE}-${PARENT}-01` });
  expect(answer.status).toBe(201);

  const spans = await eventually(() => {
    const found = collector.ofTrace(TRACE);
    expect(found.map(({ service, name }) => `${service}: ${name}`)).toEqual(
      expect.arrayContaining([
        "gateway: POST /api/cars",
        "listings: listings.publishCar",
        "prediction: prediction.value",
        "search: process listings.changed",
        "listings: listings.carsById",
        "prediction: prediction.rate",
      ]),
    );
    return found;
  });
  const root = named(spans, "POST /api/cars");
  const publish = named(spans, "listings.publishCar");
  const delivery = named(spans, "process listings.changed");
  expect(root.parentSpanId).toBe(PARENT);
  expect(answer.headers.get("traceparent")).toBe(`00-${TRACE}-${root.spanId}-01`);
  expect(publish.parentSpanId).toBe(root.spanId);
  expect(named(spans, "prediction.value").parentSpanId).toBe(publish.spanId);
  expect(delivery.parentSpanId).toBe(publish.spanId);
  expect(named(spans, "listings.carsById").parentSpanId).toBe(delivery.spanId);
  expect(root.attributes).toMatchObject({ "http.route": "/api/cars", "http.response.status_code": "201" });
  expect(delivery.attributes).toMatchObject({ "messaging.destination.name": "listings.changed", delivery: "1" });
  expect([root.kind, publish.kind, delivery.kind]).toEqual([2, 1, 5]);
  expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length);
  for (const { startTimeUnixNano: from, endTimeUnixNano: to } of spans) expect(BigInt(to) > BigInt(from)).toBe(true);
});

test("requests outside the share are not recorded, nor those whose origin said so, nor malformed ones by mistake", async () => {
  const visitor = world.visitor();
  const unwanted = "0af7651916cd43dd8448eb211c80319c";
  const answers = [
    await visitor.get("/cars/top-brands"),
    await visitor.get("/cars/top-brands", { traceparent: `00-${unwanted}-${PARENT}-00` }),
    await visitor.get("/cars/top-brands", { traceparent: `00-${"0".repeat(32)}-${PARENT}-01` }),
  ];
  expect(answers.map(({ headers }) => headers.get("traceparent"))).toEqual([null, null, null]);
  await visitor.get("/cars/top-brands", { traceparent: `00-${"a".repeat(32)}-${PARENT}-01` });
  await eventually(() => expect(collector.ofTrace("a".repeat(32)).length).toBeGreaterThan(1));
  expect(new Set(collector.spans.map(({ traceId }) => traceId))).toEqual(new Set([TRACE, "a".repeat(32)]));
});

test("a refusal is told by its code, without what was sent; what is the caller's fault is no error", async () => {
  const [refused, wrong] = ["b".repeat(32), "c".repeat(32)];
  const secret = "the pass phrase of nobody";
  const visitor = world.visitor();
  const login = { email: "nobody@example.com", password: secret };
  await visitor.post("/accounts/login", login, { traceparent: `00-${refused}-${PARENT}-01` });
  await visitor.get("/cars/no-such-car", { traceparent: `00-${wrong}-${PARENT}-01` });
  await eventually(() => expect(collector.ofTrace(wrong)).toHaveLength(2));
  await eventually(() => expect(collector.ofTrace(refused)).toHaveLength(2));

  const spans = [...collector.ofTrace(refused), ...collector.ofTrace(wrong)];
  expect(spans.every(({ status }) => status === undefined)).toBe(true);
  expect(named(collector.ofTrace(refused), "accounts.login").attributes["error.type"]).toBe("INVALID_CREDENTIALS");
  expect(collector.bodies.some((text) => text.includes(secret) || text.includes("nobody@"))).toBe(false);
});

test("X-Request-Id stays what it is beside the trace", async () => {
  const { headers } = await world
    .visitor()
    .get("/cars/top-brands", { traceparent: `00-${"d".repeat(32)}-${PARENT}-01`, "x-request-id": "order-4711" });
  expect(headers.get("x-request-id")).toBe("order-4711");
});

test("a collector that is gone harms no request, and gets the spans when it is back", async () => {
  await collector.stop();
  const lost = "e".repeat(32);
  const { status } = await world.visitor().get("/cars/top-brands", { traceparent: `00-${lost}-${PARENT}-01` });
  expect(status).toBe(200);
  await collector.start();
  await eventually(() => expect(collector.ofTrace(lost).length).toBeGreaterThan(1));
});
