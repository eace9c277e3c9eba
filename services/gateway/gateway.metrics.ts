import { counter, gauge, histogram, isCounting } from "../../mixins/metrics/metrics.ts";
import type { Exchange } from "./exchange.ts";
import type { HealthReport } from "./gateway.contract.ts";

/** Routes are told by their patterns; what has none is told as such, or paths would make series without end. */
const requests = counter("http_requests_total", "Requests by route and class of status; aborted: nobody waited", [
  ...(["route", "method", "status"] as const),
]);
const durations = histogram("http_request_duration_seconds", "From the head of a request to the end of its answer", {
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  labels: ["route", "method"],
});
export const rateLimited = counter("http_rate_limited_total", "Requests beyond a limit, by route", ["route"]);
const instances = gauge("service_instances", "Instances of each service that the gateway sees", ["name"]);
const dependencies = gauge("dependency_up", "1 while a part that services stand on answers, else 0", ["name"]);

const NO_ROUTE = { path: "none", method: "none" };

/** Counts and times a request when it has its answer. */
export function countRequest(exchange: Exchange): void {
  if (!isCounting()) return;
  const start = performance.now();
  const { response } = exchange;
  response.once("close", () => {
    const { path: route, method } = exchange.route ?? NO_ROUTE;
    const status = response.writableFinished ? `${Math.floor(response.statusCode / 100)}xx` : "aborted";
    requests.add({ route, method, status });
    durations.observe((performance.now() - start) / 1000, { route, method });
  });
}

/** Counts a request that could not be read. */
export const countUnreadable = (): void => requests.add({ route: "none", method: "none", status: "4xx" });

/** Shows what the health report says, which is asked for once per look. */
export function showHealth(report: () => Promise<HealthReport>): () => void {
  let asked: Promise<HealthReport> | undefined;
  const ask = () => (asked ??= report().finally(() => (asked = undefined)));
  const stops = [
    instances.read(async () =>
      (await ask()).services.map((one) => ({ labels: { name: one.name }, value: one.instances })),
    ),
    dependencies.read(async () =>
      (await ask()).dependencies.map(({ name, status }) => ({ labels: { name }, value: status === "ok" ? 1 : 0 })),
    ),
  ];
  return () => stops.forEach((stop) => stop());
}
