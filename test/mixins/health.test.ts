import { ServiceBroker } from "moleculer";
import { healthServer } from "../../mixins/health.ts";
import { eventually } from "../eventually.ts";

const statusOf = async (port: number, path: string) => {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`);
  return [answer.status, ((await answer.json()) as { status: string }).status];
};

/** A broker whose one service starts and stops when its gates open. */
function slowProcess() {
  const health = healthServer({ port: 0, host: "127.0.0.1" });
  const [start, stop] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const broker = new ServiceBroker({ logger: false, middlewares: [health], skipProcessEventRegistration: true });
  broker.createService({ name: "slow", started: () => start.promise, stopped: () => stop.promise });
  return { broker, health, start: start.resolve, stop: stop.resolve };
}

test("a process lives at once, is ready once its services have started, and no more when it stops", async () => {
  const { broker, health, start, stop } = slowProcess();
  const started = broker.start();
  await eventually(async () => expect(await statusOf(health.port(), "/health/live")).toEqual([200, "ok"]));
  expect(await statusOf(health.port(), "/health/ready")).toEqual([503, "unavailable"]);
  start();
  await started;
  const port = health.port();
  await eventually(async () => expect(await statusOf(port, "/health/ready")).toEqual([200, "ok"]));
  for (const path of ["/health/ready", "/health/ready/", "/api/health/ready?x=1", "/health/live"]) {
    expect(await statusOf(port, path)).toEqual([200, "ok"]);
  }
  expect(await statusOf(port, "/api/cars")).toEqual([404, "not found"]);
  const stopped = broker.stop();
  await eventually(async () => expect(await statusOf(port, "/health/ready")).toEqual([503, "unavailable"]));
  expect(await statusOf(port, "/health/live")).toEqual([200, "ok"]);
  stop();
  await stopped;
  await expect(fetch(`http://127.0.0.1:${port}/health/live`)).rejects.toThrow();
});
