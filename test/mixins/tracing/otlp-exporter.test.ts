import { ServiceBroker } from "moleculer";
import { countIn, stopCountingIn } from "../../../mixins/metrics/metrics.ts";
import { OtlpExporter, type OtlpOptions } from "../../../mixins/tracing/otlp-exporter.ts";
import { traceMiddleware } from "../../../mixins/tracing/trace-middleware.ts";
import { OtlpCollector } from "../../doubles/otlp-collector.ts";
import { eventually } from "../../eventually.ts";

let collector: OtlpCollector;
let broker: ServiceBroker;

beforeEach(async () => {
  collector = await new OtlpCollector().start();
});
afterEach(async () => {
  stopCountingIn(broker.metrics);
  if (broker.started) await broker.stop();
  await collector.stop();
});

async function startTraced(options: Partial<OtlpOptions> = {}): Promise<void> {
  const exporter = new OtlpExporter({ url: collector.url, cluster: "tests", version: "1", everyMs: 20, ...options });
  broker = new ServiceBroker({
    ...{ logger: false, metrics: { enabled: true, collectProcessMetrics: false } },
    tracing: { enabled: true, exporter: exporter as unknown as "Zipkin" },
    internalMiddlewares: false,
    middlewares: [traceMiddleware({ share: 1 })],
  });
  const fail = () => {
    throw Object.assign(new Error("password=hunter2"), { type: "BROKEN", data: { password: "hunter2" } });
  };
  broker.createService({ name: "greeter", actions: { hello: () => "hello", fail } });
  await broker.start();
  countIn(broker.metrics);
}

const greet = (times: number) => Promise.all(Array.from({ length: times }, () => broker.call("greeter.hello")));
const counted = (name: string) =>
  (broker.metrics.getMetric(name) as unknown as { get(labels: object): { value: number } }).get({}).value;

test("spans go in batches, each once", async () => {
  await startTraced({ batchSize: 10 });
  await greet(25);
  await eventually(() => expect(collector.spans).toHaveLength(25));
  expect(collector.bodies.length).toBeGreaterThanOrEqual(3);
  await eventually(() => expect(counted("trace_spans_sent_total")).toBe(25));
});

test("an error is told by its code and nothing else", async () => {
  await startTraced();
  await expect(broker.call("greeter.fail")).rejects.toThrow();
  await eventually(() => expect(collector.spans).toHaveLength(1));
  expect(collector.spans[0]).toMatchObject({ status: { code: 2, message: "BROKEN" } });
  expect(collector.bodies.join()).not.toMatch(/hunter2/);
});

test("while no collector takes them, spans wait up to a bound; what comes on top is dropped and counted", async () => {
  collector.status = 503;
  await startTraced({ mostWaiting: 5 });
  expect(await greet(8)).toEqual(Array(8).fill("hello"));
  expect(counted("trace_spans_dropped_total")).toBe(3);
  collector.status = 200;
  await eventually(() => expect(collector.spans).toHaveLength(5));
});

test("what a collector refuses is dropped, and what comes later gets through", async () => {
  collector.status = 400;
  await startTraced();
  await greet(2);
  await eventually(() => expect(counted("trace_spans_dropped_total")).toBe(2));
  collector.status = 200;
  await greet(1);
  await eventually(() => expect(collector.spans).toHaveLength(1));
});

test("a stop waits for the last spans", async () => {
  await startTraced({ everyMs: 60_000 });
  await greet(3);
  await broker.stop();
  expect(collector.spans).toHaveLength(3);
});
