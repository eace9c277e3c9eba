import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A span as it arrived, with the name of the service it came from. */
export interface ReceivedSpan {
  service: string;
  node: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: Record<string, unknown>;
  status?: { code: number; message: string };
}

type Attributes = { key: string; value: Record<string, unknown> }[];
interface Body {
  resourceSpans: {
    resource: { attributes: Attributes };
    scopeSpans: { spans: (Omit<ReceivedSpan, "service" | "node" | "attributes"> & { attributes: Attributes })[] }[];
  }[];
}

const plain = (attributes: Attributes) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

/** An OpenTelemetry collector as far as traces as JSON over HTTP go; it answers with `status` and keeps what is good. */
export class OtlpCollector {
  readonly spans: ReceivedSpan[] = [];
  readonly bodies: string[] = [];
  status = 200;
  #server: Server | undefined;
  #port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Listens, after a stop on the same port as before. */
  async start(): Promise<this> {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        if (this.status === 200) this.#take(Buffer.concat(chunks).toString(), request.url);
        response.writeHead(this.status, { "content-type": "application/json" }).end("{}");
      });
    });
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    this.#server?.close();
  }

  /** The spans of one trace. */
  ofTrace = (traceId: string) => this.spans.filter((span) => span.traceId === traceId);

  #take(text: string, path: string | undefined): void {
    if (path !== "/v1/traces") throw new Error(`Traces came to ${path}`);
    this.bodies.push(text);
    for (const { resource, scopeSpans } of (JSON.parse(text) as Body).resourceSpans) {
      const { "service.name": service, "service.instance.id": node } = plain(resource.attributes) as Record<
        string,
        string
      >;
      for (const span of scopeSpans.flatMap(({ spans }) => spans)) {
        this.spans.push({ ...span, service: service!, node: node!, attributes: plain(span.attributes) });
      }
    }
  }
}
