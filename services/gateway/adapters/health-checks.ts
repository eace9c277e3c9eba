import type { ServiceBroker } from "moleculer";
import type { Carrier } from "../../../mixins/contract.ts";
import { takesWork } from "../../../mixins/drain.ts";
import { isConnected } from "../../../mixins/neighbours.ts";
import type { Degraded, HealthReport } from "../gateway.contract.ts";
import { refusalOf } from "../domain/problems.ts";

export interface HealthChecks {
  /** Services without which nothing can be sold. */
  essential: readonly string[];
  /** All services that clients are offered. */
  services: readonly string[];
  /**
   * What a service stands on: named, and asked through that service, or by this process itself. A text says what is
   * wanting for the moment.
   */
  dependencies: readonly { name: string; service?: string; ask(via: Carrier): Promise<unknown> }[];
}

const NOT_RUNNING = "No instance is running";

/** What is missing for good, and what merely does not work meanwhile. */
export async function readiness(broker: ServiceBroker, checks: HealthChecks) {
  const running = await runningServices(broker);
  const wanting = [
    ...(takesWork(broker) ? [] : ["this process: it ends its work"]),
    ...(isConnected(broker) ? [] : ["transporter"]),
  ];
  const missing = [...wanting, ...checks.essential.filter((name) => !running.has(name))];
  const others = checks.services.filter((name) => !running.has(name) && !missing.includes(name));
  const asked = checks.dependencies.filter(({ service }) => service === undefined || running.has(service));
  const faults = await Promise.all(
    asked.map(async ({ name, service = name, ask }) => ({ service, ...(await check(broker, ask)) })),
  );
  const degraded: Degraded[] = [
    ...others.map((name) => ({ name, reason: NOT_RUNNING })),
    ...faults.flatMap(({ service, reason, answer }) => {
      const wanting = reason ?? answer;
      return typeof wanting === "string" ? [{ name: service, reason: wanting }] : [];
    }),
  ];
  return { missing, degraded };
}

/** The whole picture with round trips in milliseconds. */
export async function healthReport(broker: ServiceBroker, checks: HealthChecks): Promise<HealthReport> {
  const [running, nodes, asked] = await Promise.all([
    runningServices(broker),
    roundTrips(broker),
    Promise.all(checks.dependencies.map(async ({ name, ask }) => ({ name, ...(await check(broker, ask)) }))),
  ]);
  const services = checks.services.map((name) => {
    const at = (running.get(name) ?? []).map((node) => nodes.get(node) ?? null);
    const trips = at.filter((latencyMs) => latencyMs !== null);
    const latencyMs = trips.length > 0 ? Math.min(...trips) : null;
    return { name, status: at.length > 0 ? ("ok" as const) : ("down" as const), instances: at.length, latencyMs };
  });
  const dependencies = asked.map(({ name, reason, latencyMs }) =>
    reason === undefined
      ? { name, status: "ok" as const, latencyMs }
      : { name, status: "down" as const, latencyMs: null },
  );
  const down = services.filter(({ status }) => status === "down").map(({ name }) => name);
  const unavailable = checks.essential.some((name) => down.includes(name));
  const degraded = down.length > 0 || dependencies.some(({ status }) => status === "down");
  return {
    status: unavailable ? "unavailable" : degraded ? "degraded" : "ok",
    nodes: [...nodes].map(([id, latencyMs]) => ({ id, local: id === broker.nodeID, latencyMs })),
    services,
    dependencies,
  };
}

/** Asks once; the reason is fit for anybody to read. */
export async function check<T>(via: Carrier, ask: (via: Carrier) => Promise<T>) {
  const start = performance.now();
  try {
    const answer = await ask(via);
    return { answer, reason: undefined, latencyMs: millisecondsSince(start) };
  } catch (error) {
    return { answer: undefined, reason: refusalOf(error, "service").message, latencyMs: millisecondsSince(start) };
  }
}

/** The nodes of every running service, by its name. */
async function runningServices(broker: ServiceBroker): Promise<Map<string, string[]>> {
  const found = (await broker.call("$node.services", { onlyAvailable: true, skipInternal: true })) as {
    name: string;
    nodes: string[];
  }[];
  return new Map(found.map(({ name, nodes }) => [name, nodes]));
}

/** Round trips to all nodes; to this one, a turn of its event loop. */
async function roundTrips(broker: ServiceBroker): Promise<Map<string, number | null>> {
  const start = performance.now();
  const own = new Promise((resolve) => setImmediate(resolve)).then(() => millisecondsSince(start));
  const pongs = ((await broker.ping()) ?? {}) as unknown as Record<string, { elapsedTime: number } | null>;
  const others = Object.entries(pongs).map(([id, pong]) => [id, pong?.elapsedTime ?? null] as const);
  return new Map([[broker.nodeID, await own], ...others]);
}

const millisecondsSince = (start: number) => Math.round((performance.now() - start) * 100) / 100;
