import { eventually } from "../eventually.ts";
import { scrape, type Scrape } from "../scrape.ts";
import { freePort } from "../servers.ts";
import { openWorld, type Client, type World } from "../world.ts";

const TUCSON = {
  ...{ brand: "Hyundai", model: "Tucson", year: 2018, mileage: 32_000, mileageUnit: "mi" },
  ...{ fuelType: "Petrol", transmission: "Manual", engineSize: 1.6, price: 14_500, currency: "GBP" },
};
const { currency: _currency, mileageUnit: _unit, ...ASKED } = TUCSON;

let world: World;
let port: number;
let visitor: Client;

beforeAll(async () => {
  port = await freePort();
  world = await openWorld({ env: { METRICS_PORT: String(port), RATE_LIMITS: "on" } });
  visitor = world.visitor();
});
afterAll(() => world.close());

/** How much a sample has grown meanwhile. */
async function growth(work: () => Promise<unknown>, name: string, labels: Record<string, string>): Promise<number> {
  const before = (await scrape(port)).value(name, labels) ?? 0;
  await work();
  return eventually(async () => {
    const grown = ((await scrape(port)).value(name, labels) ?? 0) - before;
    expect(grown).toBeGreaterThan(0);
    return grown;
  });
}

const repeatedly = async (times: number, work: () => Promise<unknown>) => {
  for (let done = 0; done < times; done++) await work();
};

test("requests are counted by route, never by path, and timed", async () => {
  const reads = () =>
    repeatedly(3, () => visitor.get(`/cars/0193b5a0-7d3c-7c3e-9f5e-0d8f4d1c2b3${Math.floor(Math.random() * 10)}`));
  const of = { route: "/api/cars/:id", method: "GET" };
  expect(await growth(reads, "hallabong_http_requests_total", { ...of, status: "4xx" })).toBe(3);
  expect(await growth(reads, "hallabong_http_request_duration_seconds_count", of)).toBe(3);
  const lost = () => repeatedly(2, () => visitor.get(`/nowhere/${Math.random()}`));
  expect(await growth(lost, "hallabong_http_requests_total", { route: "none", status: "4xx" })).toBe(2);
});

test("predictions are counted by what was asked, and the rows of the model's runs with them", async () => {
  const ask = () => repeatedly(4, () => visitor.post("/train/predict", ASKED));
  expect(await growth(ask, "hallabong_predictions_total", { kind: "predict" })).toBe(4);
  const batch = () => visitor.post("/train/predict/batch", { cars: [ASKED, ASKED, { brand: "" }] });
  expect(await growth(batch, "hallabong_predictions_total", { kind: "batch" })).toBe(2);
  expect(await growth(ask, "hallabong_prediction_batch_rows_count", { place: "inline" })).toBeGreaterThan(3);
});

test("searches are timed by engine and outcome", async () => {
  const labels = { engine: "sqlite-fts5", outcome: "ok" };
  const search = () => repeatedly(3, () => visitor.get(`/cars/search?q=Tucson${Math.random()}`));
  expect(await growth(search, "hallabong_search_duration_seconds_count", labels)).toBeGreaterThan(2);
});

test("calls between services are timed, their errors told by code", async () => {
  const publish = async () => (await world.member("seller")).post("/cars", TUCSON);
  const valued = { action: "prediction.value", caller: "listings", type: "local" };
  expect(await growth(publish, "hallabong_call_duration_seconds_count", valued)).toBe(1);
  const refused = { action: "listings.car", caller: "gateway", error: "CAR_NOT_FOUND" };
  const miss = () => visitor.get("/cars/0193b5a0-7d3c-7c3e-9f5e-0d8f4d1c2b3a");
  expect(await growth(miss, "hallabong_call_errors_total", refused)).toBe(1);
});

test("the state of the process, its parts and its facts is shown", async () => {
  const shown = await eventually(async () => {
    const now = await scrape(port);
    expect(now.value("hallabong_search_catching_up")).toBe(0);
    return now;
  });
  const value = (name: string, labels?: Record<string, string>) => shown.value(name, labels);
  expect(value("hallabong_facts_waiting", { subscriber: "search", fact: "listings.changed" })).toBe(0);
  expect(value("hallabong_facts_unsent", { publisher: "listings" })).toBe(0);
  expect(value("hallabong_prediction_model_serving")).toBe(1);
  expect(value("hallabong_prediction_model_info", { version: "1.0.0" })).toBe(1);
  expect(value("hallabong_service_instances", { name: "listings" })).toBe(1);
  expect(value("hallabong_dependency_up", { name: "price-model" })).toBe(1);
  expect(value("hallabong_http_rate_limited_total")).toBeUndefined();
  expect(value("nodejs_eventloop_lag_p99_seconds")).toBeGreaterThanOrEqual(0);
  expect(value("nodejs_eventloop_lag_max_seconds")).toBeGreaterThanOrEqual(value("nodejs_eventloop_lag_p99_seconds")!);
  expect(value("process_cpu_seconds_total")).toBeGreaterThan(0);
  expect(value("process_resident_memory_bytes")).toBeGreaterThan(1e7);
});

test("every sample tells cluster and node, nothing about people or paths", async () => {
  const { samples, text }: Scrape = await scrape(port);
  expect(samples.every(({ labels }) => labels.cluster === "hallabong" && labels.node === world.broker.nodeID)).toBe(
    true,
  );
  expect(text).not.toMatch(/@example\.com|0193b5a0|nowhere|127\.0\.0\.1/);
  expect(samples.length).toBeLessThan(2000);
});

test("requests beyond a limit are counted", async () => {
  const tryOften = async () => {
    while ((await visitor.post("/accounts/registration", {})).status !== 429);
  };
  const of = { route: "/api/accounts/registration" };
  expect(await growth(tryOften, "hallabong_http_rate_limited_total", of)).toBe(1);
});

test("a service that is gone is seen", async () => {
  await world.takeAway("search");
  await eventually(async () =>
    expect((await scrape(port)).value("hallabong_service_instances", { name: "search" })).toBe(0),
  );
});
