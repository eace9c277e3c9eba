import type { Service, ServiceBroker } from "moleculer";

/** False while a process that belongs to a cluster is cut off from it. */
export const isConnected = ({ transit }: ServiceBroker): boolean => !transit || transit.connected === true;

/**
 * Resolves when the other services that this process was given have started, so that the first calls find them.
 * Services of other processes are not waited for.
 */
export async function neighboursStarted({ broker, fullName }: Service): Promise<void> {
  const others = broker.services.map((service) => service.fullName).filter((name) => name !== fullName);
  await broker.waitForServices(others);
}
