import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { Middleware, ServiceBroker } from "moleculer";
import { takesWork } from "./drain.ts";
import { isConnected } from "./neighbours.ts";

/** For the announcement to reach the others after Moleculer has gathered what changed. */
const HEARD_MS = 400;

/**
 * A middleware that answers for this process on a port of its own: `/health/live` as long as the event loop turns,
 * `/health/ready` with 503 before the services have started and the others have heard of them, while the process drains or stops, and while the
 * transporter is not connected. `/api` before the path is accepted. The port closes last, so that a stopping process says so.
 */
export function healthServer(options: { port: number; host?: string }): Middleware & { port(): number } {
  let server: Server | undefined;
  let isAnnounced = false;
  const isReady = (broker: ServiceBroker) => isAnnounced && takesWork(broker) && isConnected(broker);
  return {
    name: "HealthServer",
    /** The port in use; of interest when 0 was asked for. */
    port: () => (server!.address() as { port: number }).port,
    async starting(broker: ServiceBroker) {
      server = createServer((request, response) => {
        const check = request.url?.replace(/\?.*$|\/$/g, "").replace(/^\/api(?=\/)/, "");
        const good = check === "/health/live" || (check === "/health/ready" && isReady(broker));
        const status = good ? 200 : check === "/health/ready" ? 503 : 404;
        response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
        response.end(JSON.stringify({ status: good ? "ok" : status === 503 ? "unavailable" : "not found" }));
      });
      server.listen(options.port, options.host);
      await once(server, "listening");
    },
    async started(broker: ServiceBroker) {
      const transit = broker.options.transit as { serviceChangedDebounceTime?: number } | undefined;
      const gatheredMs = transit?.serviceChangedDebounceTime ?? 1000;
      setTimeout(() => (isAnnounced = true), broker.transit ? gatheredMs + HEARD_MS : 0).unref();
    },
    async stopped() {
      server?.closeAllConnections();
      server?.close();
    },
  };
}
