import { ServiceBroker } from "moleculer";
import { brokerOptions, readConfig, useConfig } from "../moleculer.config.ts";

/** A broker as the product makes it, without the product's services. */
export async function productBroker(natsUrl: string, node: string): Promise<ServiceBroker> {
  const settings = { NATS_URL: natsUrl, CLUSTER: "bench-ours", NODE_NAME: node, METRICS_PORT: "0", LOG_LEVEL: "error" };
  return new ServiceBroker(brokerOptions(useConfig(readConfig(settings)), []));
}

/** Moleculer over NATS as it comes. */
export const bareBroker = (natsUrl: string, node: string): ServiceBroker =>
  new ServiceBroker({
    ...{ namespace: "bench-bare", nodeID: node, logger: false },
    transporter: { type: "NATS", options: { servers: [natsUrl] } },
  });
