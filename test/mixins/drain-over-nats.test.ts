import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { ServiceBroker, type ServiceSchema } from "moleculer";
import { drainMiddleware, Operator } from "../../mixins/drain.ts";
import { eventually } from "../eventually.ts";
import { describeWith, openServer, type TestServer } from "../servers.ts";

/** Longer than Moleculer gathers changes of services before it tells the others. */
const LONG_CALL_MS = 2500;

describeWith("nats-server", "a drain over NATS", () => {
  let nats: TestServer;
  const brokers: ServiceBroker[] = [];
  beforeAll(async () => void (nats = await openServer("nats-server")));
  afterAll(() => nats.discard());
  afterEach(() => Promise.all(brokers.map((broker) => broker.stop())));

  async function join(namespace: string, nodeID: string, services: ServiceSchema[] = []): Promise<ServiceBroker> {
    const broker = new ServiceBroker({
      ...{ namespace, nodeID, logger: false, skipProcessEventRegistration: true },
      transporter: { type: "NATS", options: { servers: [nats.url] } },
      ...{ registry: { stopDelay: 100 }, tracking: { enabled: true, shutdownTimeout: 10_000 } },
      middlewares: [drainMiddleware()],
    });
    for (const service of services) broker.createService(service);
    await broker.start();
    brokers.push(broker);
    return broker;
  }
  const namesOf = ({ registry }: ServiceBroker, nodeID: string) =>
    registry
      .getServiceList({ onlyAvailable: true })
      .filter((service) => service.nodeID === nodeID)
      .map(({ name }) => name)
      .sort();

  test("nobody is told again of what has been withdrawn while a call ends, and the operator still answers", async () => {
    const namespace = randomUUID();
    const edge: ServiceSchema = { name: "bar", edge: true, actions: { serve: () => "a glass" } };
    const other: ServiceSchema = { name: "cellar", actions: { fetch: () => pause(LONG_CALL_MS, "a bottle") } };
    await join(namespace, "one", [edge, other]);
    const guest = await join(namespace, "guest");
    await eventually(() => expect(namesOf(guest, "one")).toEqual(["$node", "$operator", "bar", "cellar"]));
    const seen: string[][] = [];
    const running = guest.call("cellar.fetch", {}, { nodeID: "one", timeout: 0 });
    const drained = Operator.drain(guest, { force: true }, { nodeID: "one" });
    await eventually(() => expect(namesOf(guest, "one")).not.toContain("cellar"));
    guest.localBus.on("$services.changed", () => seen.push(namesOf(guest, "one")));
    await join(namespace, "newcomer");
    expect(await running).toBe("a bottle");
    expect(await drained).toEqual({ services: ["bar", "cellar"] });
    expect(seen.flat()).not.toContain("cellar");
    expect(namesOf(brokers.at(-1)!, "one")).toEqual(["$node", "$operator"]);
    expect(await Operator.drain(guest, { stop: true }, { nodeID: "one" })).toEqual({ services: [] });
    await eventually(() => expect(namesOf(guest, "one")).toEqual([]));
  });
});
