import { Strategies, type Context, type Endpoint, type Middleware, type ServiceBroker } from "moleculer";

/** A node that says nothing for so long while it is asked something is asked nothing more, if there is another. */
const SILENT_AFTER_MS = 500;

interface Packet {
  type: string;
  target?: string | null;
  payload?: { sender?: string };
}

/** When each node was asked first since it was last heard of, by broker; milliseconds of the monotonic clock. */
const askedSince = new WeakMap<ServiceBroker, Map<string, number>>();

/**
 * A middleware that notes which nodes have gone silent: frozen, or cut off in a way that nobody is told of. Any word
 * from a node, a heartbeat at the latest, brings it back.
 */
export function silentNodes(): Middleware {
  const asked = new Map<string, number>();
  const transitPublish = (next: (packet: Packet) => unknown) => (packet: Packet) => {
    const { type, target } = packet;
    if (type === "REQ" && target && !asked.has(target)) asked.set(target, performance.now());
    return next(packet);
  };
  const transitMessageHandler =
    (next: (command: string, packet: Packet) => unknown) => (command: string, packet: Packet) => {
      if (packet.payload?.sender) asked.delete(packet.payload.sender);
      return next(command, packet);
    };
  return {
    name: "SilentNodes",
    created: (broker) => {
      askedSince.set(broker, asked);
      broker.localBus.on("$node.disconnected", ({ node }: { node: { id: string } }) => asked.delete(node.id));
    },
    ...({ transitPublish, transitMessageHandler } as object),
  };
}

/**
 * Round robin over the nodes that answer; of these, a repeated call goes to another one than before. Only chooses where
 * Moleculer lets it: what this process runs itself it calls here, repeated or not.
 */
export class AnsweringFirst extends Strategies.RoundRobin {
  override select(list: Endpoint[], ctx?: Context): Endpoint {
    const { _retryAttempts: repeated, nodeID } = (ctx ?? {}) as { _retryAttempts?: number; nodeID?: string };
    const others = repeated ? list.filter(({ id }) => id !== nodeID) : list;
    const answering = others.filter(({ id }) => !isSilent(this.broker, id));
    return super.select([answering, others, list].find(({ length }) => length > 0)!);
  }
}

function isSilent(broker: ServiceBroker, nodeID: string): boolean {
  const since = askedSince.get(broker)?.get(nodeID);
  return since !== undefined && performance.now() - since > SILENT_AFTER_MS;
}
