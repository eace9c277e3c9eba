import { setTimeout as pause } from "node:timers/promises";
import type { Middleware, Service, ServiceBroker } from "moleculer";
import { z } from "zod";
import { answers } from "./answer.ts";
import { contract } from "./contract.ts";
import { failure } from "./failure.ts";

declare module "moleculer" {
  interface ServiceBroker {
    /** Set once this process takes no new work; resolves when what it had has been finished. */
    draining?: Promise<void>;
  }
  interface ServiceSchema {
    /** Speaks to clients outside the cluster: it goes first, while the services it calls are still there. */
    edge?: boolean;
  }
}

export const LastInstance = failure<{ services: string[] }>(
  "LAST_INSTANCE",
  409,
  "Nobody else runs some of these services",
);

/** What every process answers to operators; name the process with the call option `nodeID`. */
export const Operator = contract("$operator", {
  drain: {
    summary: "Takes the services of this process out of the cluster when their work is done; the process stays up idle",
    timeoutMs: 60_000,
    params: z.strictObject({
      force: z.boolean().default(false).meta({ description: "Even if it is the last that runs a service" }),
      stop: z.boolean().default(false).meta({ description: "The process ends afterwards" }),
    }),
    result: z.strictObject({ services: z.array(z.string()) }),
    failures: [LastInstance],
  },
});

/** True while a broker may be given work: it has started, and neither drains nor stops. */
export const takesWork = (broker: ServiceBroker): boolean => broker.started && !broker.draining;

/**
 * A middleware that finishes a process's work before its services go, when an operator asks for it and at every stop:
 * others call elsewhere from now on, edges answer what came in, running calls end, the bus gives back what it has not
 * begun, and only then the services close their stores. Stands last, so that nothing else has begun to stop.
 */
export const drainMiddleware = (): Middleware => ({
  name: "Drain",
  created: (broker) =>
    void broker.createService({
      name: Operator.$name,
      actions: answers(Operator, {
        async drain({ force, stop }) {
          const services = await willGo(broker, force);
          await drain(broker);
          // A signal that came meanwhile has begun to stop it.
          if (stop) setImmediate(() => void (broker.started && broker.stop()));
          return { services };
        },
      }),
    }),
  stopping: (broker) => drain(broker),
});

const isInternal = ({ name }: { name: string }) => name.startsWith("$");
const ownServices = (broker: ServiceBroker) => broker.services.filter((service) => !isInternal(service));

async function willGo(broker: ServiceBroker, force: boolean): Promise<string[]> {
  const own = ownServices(broker).map(({ fullName }) => fullName);
  const running = (await broker.call("$node.services", { onlyAvailable: true, skipInternal: true })) as {
    fullName: string;
    nodes: string[];
  }[];
  const elsewhere = new Set(
    running.filter(({ nodes }) => nodes.some((node) => node !== broker.nodeID)).map(({ fullName }) => fullName),
  );
  const last = own.filter((name) => !elsewhere.has(name));
  if (last.length > 0 && !force) throw LastInstance({ services: last });
  return own;
}

const drain = (broker: ServiceBroker): Promise<void> => (broker.draining ??= drained(broker));

async function drained(broker: ServiceBroker): Promise<void> {
  withdrawServices(broker);
  // A broker that stops has told the others already, and has given them the time to hear it.
  if (!broker.stopping) {
    broker.registry.regenerateLocalRawInfo(true);
    await broker.registry.discoverer.sendLocalNodeInfo();
    await pause(broker.options.registry?.stopDelay ?? 100);
  }
  const [edges, others] = [true, false].map((edge) =>
    ownServices(broker).filter(({ schema }) => Boolean(schema.edge) === edge),
  ) as [Service[], Service[]];
  await Promise.all(edges.map((service) => broker.destroyService(service)));
  await callsEnded(others, broker.options.tracking?.shutdownTimeout ?? 5000);
  await broker.bus?.stop();
  await Promise.all(others.map((service) => broker.destroyService(service)));
}

/**
 * From now on the others hear only of what serves operators: each service that goes, and each node that comes, makes
 * Moleculer tell them anew what is here.
 */
function withdrawServices({ registry }: ServiceBroker): void {
  const { services } = registry;
  const everything = services.getLocalNodeServices.bind(services);
  services.getLocalNodeServices = () => everything().filter(isInternal);
}

/** Waits, within the limit, until no call runs in any of them: one may still need another. */
async function callsEnded(services: readonly Service[], limitMs: number): Promise<void> {
  // Kept by Moleculer's ContextTracker, missing in its types.
  const running = (services as readonly { _trackedContexts?: unknown[] }[]).map((service) => service._trackedContexts);
  const latest = Date.now() + limitMs;
  while (running.some((calls) => calls?.length) && Date.now() < latest) await pause(20);
}
