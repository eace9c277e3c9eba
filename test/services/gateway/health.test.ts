import { answers } from "../../../mixins/answer.ts";
import { Prediction, ModelUnavailable } from "../../../services/prediction/prediction.contract.ts";
import { openStall, type Stall } from "./stall.ts";
import { Things } from "./things.ts";

let stall: Stall;
let modelIsReady = true;
const health = Prediction.$actions.health;
const OnlyHealth = { ...Prediction, $actions: { health } };

beforeAll(async () => {
  stall = await openStall({
    ports: {
      contracts: [Things, Prediction],
      dependencies: [{ name: "price-model", service: "prediction", ask: (via) => Prediction.health(via, {}) }],
    },
  });
});
afterAll(() => stall.close());

const get = async (path: string) => (await stall.send("GET", path)).body;
const startPrediction = async () => {
  const actions = answers(
    OnlyHealth as never,
    {
      health: () => {
        if (!modelIsReady) throw ModelUnavailable();
        return { node: "node-7", model: { name: "car-price", version: "1" } };
      },
    } as never,
  );
  stall.broker.createService({ name: "prediction", actions });
  await stall.broker.waitForServices("prediction");
};

test("without a prediction node the market is ready and says what is missing", async () => {
  expect(await get("/api/health/ready")).toEqual({
    status: "ok",
    degraded: [{ name: "prediction", reason: "No instance is running" }],
  });
  const answer = await stall.send("GET", "/api/train/health");
  expect([answer.status, answer.body]).toEqual([504, { status: "fail" }]);
  const report = await get("/api/health");
  expect(report.status).toBe("degraded");
  expect(report.services).toContainEqual({ name: "prediction", status: "down", instances: 0, latencyMs: null });
});

test("with one that has a model all is well", async () => {
  await startPrediction();
  expect(await get("/api/health/ready")).toEqual({ status: "ok", degraded: [] });
  expect(await get("/api/train/health")).toEqual({
    status: "ok",
    node: "node-7",
    model: { name: "car-price", version: "1" },
    latencyMs: expect.any(Number),
  });
  const report = await get("/api/health");
  expect(report.status).toBe("ok");
  expect(report.nodes).toEqual([{ id: stall.broker.nodeID, local: true, latencyMs: expect.any(Number) }]);
  expect(report.services).toContainEqual({
    name: "prediction",
    status: "ok",
    instances: 1,
    latencyMs: expect.any(Number),
  });
  expect(report.dependencies.map((one: { name: string; status: string }) => [one.name, one.status])).toEqual([
    ["price-model", "ok"],
    ["gateway-store", "ok"],
  ]);
});

test("a node without a good model is named with its reason", async () => {
  modelIsReady = false;
  expect((await get("/api/health/ready")).degraded).toEqual([
    { name: "prediction", reason: "No price model is ready" },
  ]);
  expect((await stall.send("GET", "/api/train/health")).status).toBe(504);
  expect((await get("/api/health")).dependencies[0]).toEqual({ name: "price-model", status: "down", latencyMs: null });
});

test("the process answers that it lives", async () => {
  expect(await get("/api/health/live")).toEqual({ status: "ok" });
});
