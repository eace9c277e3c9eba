import { setTimeout as pause } from "node:timers/promises";
import { Errors, Transporters } from "moleculer";
import { connect, type ConnectionOptions, type Msg, type NatsConnection } from "nats";
import { lastingWarning } from "../lasting-warning.ts";

const PAUSE_MS = 500;

/** Status code of the server's word that nobody listens where a message went. */
const NOBODY_LISTENS = 503;
/** Whoever has the name and answers later is frozen or cut off. */
const NAME_ANSWER_MS = 1000;

/** What Moleculer's types leave out of the transport layer. */
interface Transit {
  connected: boolean;
  pendingRequests: Map<string, { nodeID: string; action: { name: string }; reject(error: Error): void }>;
  removePendingRequest(id: string): void;
  removePendingRequestByNodeID(nodeID: string): void;
}
interface Nodes {
  disconnected(nodeID: string, isUnexpected: boolean): void;
}
interface Sending {
  packet?: { type: string; target?: string | null; payload: { id: string } };
}

/**
 * Moleculer's NATS transporter, except that it notices at once what the stock one learns from missed heartbeats. The
 * server says when nobody listens where a request went: that request has not begun, its node is gone, and whatever
 * else waits for that node is rejected. A broken connection to the server rejects what waits for an answer, makes
 * further calls fail until it is back, and then tells and asks who is there. A process whose name another one has ends
 * before anybody hears of it; Moleculer would end the other one.
 */
export class NatsTransporter extends Transporters.NATS {
  #stopping = new AbortController();

  /** Waits for the server, whatever it refuses, and says for which; a password may become right. */
  override async connect(): Promise<void> {
    this.#stopping = new AbortController();
    const { signal } = this.#stopping;
    const client = await this.#connectedClient(signal).catch((error: unknown) => {
      // Moleculer would take a refusal for a reason to try again.
      if (signal.aborted) return new Promise<never>(() => {});
      throw error;
    });
    this.client = client;
    void client.closed().then(() => (this.connected = false));
    return this.onConnected();
  }

  override async onConnected(wasReconnect?: boolean): Promise<void> {
    if (!wasReconnect) {
      const client = this.client as NatsConnection;
      await this.#claimName(client);
      client.subscribe(`${this.#undelivered}.*`, { callback: (_error, message) => this.#noteUndelivered(message) });
      void this.#follow(client);
    }
    await super.onConnected(wasReconnect);
  }

  override async send(topic: string, data: Buffer, { packet }: Sending = {}): Promise<void> {
    if (packet?.type !== "REQ" || !packet.target) return super.send(topic, data);
    (this.client as NatsConnection).publish(topic, data, { reply: `${this.#undelivered}.${packet.payload.id}` });
  }

  /** Without a server there is nothing to flush, and waiting for it would keep the process from stopping. */
  override async disconnect(): Promise<void> {
    this.#stopping.abort();
    if (this.connected) return super.disconnect();
    await (this.client as NatsConnection | null)?.close();
  }

  get #undelivered(): string {
    return `${this.prefix}.UNDELIVERED.${this.nodeID}`;
  }

  get #transit(): Transit {
    return this.transit as unknown as Transit;
  }

  async #claimName(client: NatsConnection): Promise<void> {
    const subject = `${this.prefix}.NAMED.${this.nodeID}`;
    const isFree = await client.request(subject, undefined, { timeout: NAME_ANSWER_MS }).then(
      () => false,
      () => true,
    );
    if (!isFree) {
      this.logger.fatal(`Another process is called '${this.nodeID}'; NODE_NAME must be unique in a cluster`);
      process.exit(1);
    }
    client.subscribe(subject, { callback: (_error, message) => void message.respond() });
  }

  async #connectedClient(signal: AbortSignal): Promise<NatsConnection> {
    const options = this.opts as ConnectionOptions;
    const sayWaiting = lastingWarning((text) => this.logger.warn(text));
    for (let tries = 0; ; tries++) {
      try {
        const client = await connect(options);
        if (signal.aborted) await client.close();
        signal.throwIfAborted();
        if (tries > 0) this.logger.warn("NATS is there");
        return client;
      } catch (error) {
        signal.throwIfAborted();
        sayWaiting(`Calls wait for NATS at ${String(options.servers)}: ${(error as Error).message}`);
      }
      await pause(PAUSE_MS, undefined, { signal });
    }
  }

  #noteUndelivered({ headers, subject }: Msg): void {
    const id = subject.slice(this.#undelivered.length + 1);
    const request = this.#transit.pendingRequests.get(id);
    if (headers?.code !== NOBODY_LISTENS || !request) return;
    const { nodeID, action, reject } = request;
    this.#transit.removePendingRequest(id);
    (this.broker.registry as unknown as { nodes: Nodes }).nodes.disconnected(nodeID, true);
    reject(new Errors.ServiceNotAvailableError({ action: action.name, nodeID }));
  }

  /** A broken connection is told again with every failed try to mend it. */
  async #follow(client: NatsConnection): Promise<void> {
    for await (const { type } of client.status()) {
      if (type === "disconnect" && this.connected) this.#lost();
      if (type === "reconnect" && !this.connected) {
        this.logger.warn("NATS is back");
        // Without it Moleculer would not tell the others who is here.
        this.#transit.connected = true;
        void this.onConnected(true);
      }
    }
  }

  #lost(): void {
    this.connected = false;
    this.#transit.connected = false;
    this.logger.warn("NATS is gone; calls to other processes fail until it is back");
    void this.broker.broadcastLocal("$transporter.disconnected", { graceFul: false });
    const waitingFor = new Set([...this.#transit.pendingRequests.values()].map(({ nodeID }) => nodeID));
    for (const nodeID of waitingFor) this.#transit.removePendingRequestByNodeID(nodeID);
  }
}
