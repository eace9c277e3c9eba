import { TracerExporters, type Span, type Tracer } from "moleculer";
import { counter } from "../metrics/metrics.ts";
import { otlpBody, toldSpan, type Origin, type ToldSpan } from "./otlp-spans.ts";

export interface OtlpOptions extends Omit<Origin, "node"> {
  /** An OTLP/HTTP endpoint; traces go to `/v1/traces` below it. */
  url: string;
  /** Spans that go together in one request. Default 512. */
  batchSize?: number;
  /** Pause between two requests. Default 2 s. */
  everyMs?: number;
  /** Spans that wait for a collector; what comes on top is dropped. Default 8192. */
  mostWaiting?: number;
}

const REQUEST_LIMIT_MS = 5000;
const STOP_LIMIT_MS = 2000;

const spansSent = counter("trace_spans_sent_total", "Spans that the collector has taken");
const spansDropped = counter("trace_spans_dropped_total", "Spans that no collector took");

/**
 * Sends spans to an OpenTelemetry collector in batches, beside the calls that they tell of. While there is none, spans
 * wait up to a bound; what it refuses is dropped. The last batches go when the broker stops.
 */
export class OtlpExporter extends TracerExporters.Base {
  readonly #options: OtlpOptions;
  readonly #target: string;
  readonly #waiting: ToldSpan[] = [];
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #failing = false;

  constructor(options: OtlpOptions) {
    super({});
    this.#options = options;
    this.#target = options.url.replace(/\/+$/, "").replace(/(\/v1\/traces)?$/, "/v1/traces");
  }

  override init(tracer: Tracer): void {
    super.init(tracer);
    this.#timer = setInterval(() => void this.#send(), this.#options.everyMs ?? 2000).unref();
  }

  override spanStarted(): void {}

  override spanFinished(span: Span): void {
    if (this.#waiting.length >= (this.#options.mostWaiting ?? 8192)) return spansDropped.add();
    this.#waiting.push(toldSpan(span));
  }

  // The tracer waits for it, though the declared type is void.
  // eslint-disable-next-line @typescript-eslint/no-misused-promises
  override async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#sending;
    await this.#send(STOP_LIMIT_MS);
    spansDropped.add({}, this.#waiting.splice(0).length);
  }

  /** Sends what waits; a run that is under way counts. Never rejects. */
  #send(limitMs = REQUEST_LIMIT_MS): Promise<void> {
    return (this.#sending ??= this.#sendBatches(limitMs).finally(() => (this.#sending = undefined)));
  }

  async #sendBatches(limitMs: number): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, this.#options.batchSize ?? 512);
      const outcome = await this.#post(batch, limitMs);
      if (outcome === "again") return;
      this.#waiting.splice(0, batch.length);
      (outcome === "taken" ? spansSent : spansDropped).add({}, batch.length);
    }
  }

  async #post(batch: readonly ToldSpan[], limitMs: number): Promise<"taken" | "refused" | "again"> {
    try {
      const body = JSON.stringify(otlpBody(batch, { ...this.#options, node: this.broker.nodeID }));
      const signal = AbortSignal.timeout(limitMs);
      const headers = { "content-type": "application/json" };
      const { ok, status } = await fetch(this.#target, { method: "POST", headers, body, signal });
      this.#note(ok ? undefined : `it answers ${status}`);
      return ok ? "taken" : status === 429 || status >= 500 ? "again" : "refused";
    } catch (error) {
      this.#note(String((error as Error).cause ?? error));
      return "again";
    }
  }

  /** Says once per outage that traces do not arrive. */
  #note(fault: string | undefined): void {
    if (fault && !this.#failing) this.logger.warn(`Traces do not reach ${new URL(this.#target).host}: ${fault}`);
    this.#failing = fault !== undefined;
  }
}
