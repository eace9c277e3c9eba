import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { MetricReporters, type MetricRegistry } from "moleculer";
import { within } from "../within.ts";
import { refreshGauges } from "./metrics.ts";

export interface PrometheusOptions {
  port: number;
  /** Address to listen on. Default: all. */
  host?: string;
  /** What stands before names that are not known from elsewhere, such as `market_`. */
  prefix: string;
}

/** Longest wait for gauges; a scrape has ten seconds by default. */
const GAUGES_LIMIT_MS = 3000;
/** Names as Moleculer's and as every Node process has them stay as they are. */
const WELL_KNOWN = /^(moleculer|process|nodejs)[._]/;
/**
 * Shows the metrics of this process to Prometheus at `/metrics`. Gauges are read for each scrape. A port that is taken
 * is told in one line and costs the metrics, not the process.
 */
export class PrometheusReporter extends MetricReporters.Prometheus {
  readonly #options: PrometheusOptions;

  constructor(options: PrometheusOptions) {
    const { port, host = "0.0.0.0", prefix } = options;
    super({
      ...{ port, host },
      metricNameFormatter: (name) => (WELL_KNOWN.test(name) ? name : prefix + name),
      defaultLabels: ({ broker }) => ({ cluster: broker.namespace, node: broker.nodeID }),
    });
    this.#options = options;
  }

  override init(registry: MetricRegistry): void {
    super.init(registry);
    this.server.on("error", ({ code, message }: NodeJS.ErrnoException) => {
      const fault = code === "EADDRINUSE" ? "another process has it" : message;
      this.logger.error(`No metrics on port ${this.#options.port}: ${fault}. Give each process a port, or 0 for none.`);
    });
  }

  override async stop(): Promise<void> {
    if (!this.server.listening) return;
    const closed = once(this.server, "close");
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  override handler(request: IncomingMessage, response: ServerResponse): void {
    const refreshed = within(GAUGES_LIMIT_MS, refreshGauges(), "Reading the gauges").catch(() => undefined);
    void refreshed.then(() => super.handler(request, response));
  }
}
