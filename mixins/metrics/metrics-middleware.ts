import type { ActionHandler, ActionSchema, Context, Middleware, Service, ServiceBroker } from "moleculer";
import { codeOf } from "../failure.ts";
import { counter, countIn, gauge, histogram, stopCountingIn } from "./metrics.ts";
import { watchProcess } from "./process-metrics.ts";

const durations = histogram("call_duration_seconds", "Time that calls of actions took; remote: with their way", {
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  labels: ["action", "caller", "type"],
});
const errors = counter("call_errors_total", "Calls that failed, by the code or the class of the error", [
  ...(["action", "caller", "type", "error"] as const),
]);

const connected = gauge("transporter_connected", "1 while this process is connected to the others' server, else 0");

/**
 * Keeps in the broker's registry what is counted anywhere in this process, if the broker shows metrics, and measures
 * the calls. Stands where Moleculer's own "Metrics" would, which makes six entries per call and keeps every duration of
 * the last minute for quantiles that cannot be added up over nodes.
 */
export function metricsMiddleware(): Middleware {
  let stops: (() => void)[] = [];
  return {
    name: "OwnMetrics",
    created(broker: ServiceBroker) {
      if (!broker.metrics.isEnabled()) return;
      countIn(broker.metrics);
      stops = [watchProcess(), connected.read(() => (broker.transit ? Number(broker.transit.connected) : []))];
    },
    localAction(next, action) {
      return isMeasured(this, action) ? measured(next, action, "local") : next;
    },
    remoteAction(next, action) {
      return isMeasured(this, action) ? measured(next, action, "remote") : next;
    },
    async stopped({ metrics }: ServiceBroker) {
      stopCountingIn(metrics);
      for (const stop of stops) stop();
    },
  };
}

/** The broker's own actions are not. */
const isMeasured = (broker: ServiceBroker, { name }: ActionSchema) =>
  broker.isMetricsEnabled() && !name!.startsWith("$");

function measured(next: ActionHandler<Service>, { name }: ActionSchema, type: string): ActionHandler<Service> {
  const action = name!;
  return async function (this: Service, ctx: Context) {
    const start = performance.now();
    const caller = ctx.caller ?? "";
    try {
      return (await next.call(this, ctx)) as unknown;
    } catch (error) {
      errors.add({ action, caller, type, error: codeOf(error) });
      throw error;
    } finally {
      durations.observe((performance.now() - start) / 1000, { action, caller, type });
    }
  };
}
