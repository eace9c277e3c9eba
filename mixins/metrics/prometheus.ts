import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { MetricReporters, type MetricRegistry } from "moleculer";
import { familyText, type Metric } from "./exposition.ts";
import { refreshGauges } from "./metrics.ts";

export interface PrometheusOptions {
  port: number;
  /** Address to listen on. Default: all. */
  host?: string;
  /** What stands before names that are not known from elsewhere, such as `market_`. */
  prefix: string;
}

/** Names as Moleculer's and as every Node process has them stay as they are. */
const WELL_KNOWN = /^(moleculer|process|nodejs)[._]/;
/** Of Moleculer's own there are many that tell what never changes, or one sample for each action it knows. */
const isShown = (name: string) =>
  !/^moleculer\.(node|broker|registry\.(service|action|event)|event|cacher|transit)\b/.test(name);

/**
 * Shows the metrics of this process to Prometheus at `/metrics`. Gauges are read for each scrape. A port that is taken
 * is told in one line and costs the metrics, not the process.
 */
export class PrometheusReporter extends MetricReporters.Prometheus {
  readonly #options: PrometheusOptions;

  constructor(options: PrometheusOptions) {
    const { port, host = "0.0.0.0" } = options;
    super({ port, host });
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

  override generatePrometheusResponse(): string {
    const { namespace: cluster, nodeID: node } = this.broker;
    const shown = [...(this.registry.store as unknown as Map<string, Metric>)].filter(([name]) => isShown(name));
    return shown.map(([name, metric]) => familyText(this.#nameOf(name), metric, { cluster, node })).join("\n");
  }

  #nameOf(name: string): string {
    return (WELL_KNOWN.test(name) ? name : this.#options.prefix + name).replaceAll(/[.-]/g, "_");
  }

  override handler(request: IncomingMessage, response: ServerResponse): void {
    void refreshGauges().then(() => super.handler(request, response));
  }
}
