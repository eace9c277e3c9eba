import type { Service } from "moleculer";

/**
 * Resolves when the other services that this process was given have started, so that the first calls find them.
 * Services of other processes are not waited for.
 */
export async function neighboursStarted({ broker, fullName }: Service): Promise<void> {
  const others = broker.services.map((service) => service.fullName).filter((name) => name !== fullName);
  await broker.waitForServices(others);
}
