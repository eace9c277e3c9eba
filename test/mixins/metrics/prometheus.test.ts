import { once } from "node:events";
import { createServer } from "node:http";
import { ServiceBroker, type BrokerOptions } from "moleculer";
import { metricsMiddleware } from "../../../mixins/metrics/metrics-middleware.ts";
import { counter, gauge, histogram, isCounting } from "../../../mixins/metrics/metrics.ts";
import { PrometheusReporter } from "../../../mixins/metrics/prometheus.ts";
import { eventually } from "../../eventually.ts";
import { scrape } from "../../scrape.ts";
import { freePort } from "../../servers.ts";

const sold = counter("sold_total", "Things sold", ["kind"]);
const weights = histogram("weight_grams", "Weights", { buckets: [10, 100] });
const waiting = gauge("waiting", "Who waits", ["queue"]);

const brokerOn = (port: number, options: BrokerOptions = {}) =>
  new ServiceBroker({
    ...{ nodeID: "node-1", namespace: "tests", logger: false, middlewares: [metricsMiddleware()] },
    metrics: {
      ...{ enabled: true, collectProcessMetrics: false },
      reporter: new PrometheusReporter({ port, prefix: "shop_" }) as unknown as "Prometheus",
    },
    ...options,
  });

test("counters, histograms and gauges are shown as Prometheus reads them", async () => {
  const port = await freePort();
  const broker = brokerOn(port);
  await broker.start();
  sold.add({ kind: 'a "quoted"\nkind' }, 3);
  for (const grams of [5, 50, 500]) weights.observe(grams);
  const stop = waiting.read(() => [{ labels: { queue: "a" }, value: 2 }]);
  waiting.read(() => [{ labels: { queue: "a" }, value: 3 }]);
  waiting.read(() => Promise.reject(new Error("Nobody knows")));

  const shown = await scrape(port);
  expect(shown.value("shop_sold_total", { kind: 'a \\"quoted\\"\\nkind', cluster: "tests", node: "node-1" })).toBe(3);
  expect(["10", "100", "+Inf"].map((le) => shown.value("shop_weight_grams_bucket", { le }))).toEqual([1, 2, 3]);
  expect([shown.value("shop_weight_grams_sum"), shown.value("shop_weight_grams_count")]).toEqual([555, 3]);
  expect(shown.value("shop_waiting", { queue: "a" })).toBe(5);
  stop();
  expect((await scrape(port)).value("shop_waiting", { queue: "a" })).toBe(3);
  await broker.stop();
});

test("what has never happened is shown as 0, and a name is declared once", async () => {
  counter("never_total", "Never");
  expect(() => counter("never_total", "Again")).toThrow("Two metrics are called never_total");
  const port = await freePort();
  const broker = brokerOn(port);
  await broker.start();
  expect((await scrape(port)).value("shop_never_total")).toBe(0);
  await broker.stop();
});

test("without a reader nothing is counted", async () => {
  const broker = brokerOn(0, { metrics: { enabled: false } });
  await broker.start();
  expect(isCounting()).toBe(false);
  sold.add({ kind: "unseen" });
  await broker.stop();
});

test("a port that another process has is told in one line, and the process goes on", async () => {
  const port = await freePort();
  const other = createServer().listen(port, "0.0.0.0");
  await once(other, "listening");
  const lines: unknown[] = [];
  const broker = brokerOn(port);
  Object.assign(broker.metrics.reporter[0]!, { logger: { error: (line: unknown) => lines.push(line) } });
  broker.createService({ name: "greeter", actions: { hello: () => "hello" } });
  await broker.start();

  expect(await broker.call("greeter.hello")).toBe("hello");
  await eventually(() => expect(lines).not.toEqual([]));
  expect(lines).toEqual([expect.stringMatching(`^No metrics on port ${port}: another process has it`)]);
  await broker.stop();
  other.close();
});
