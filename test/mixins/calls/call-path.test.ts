import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { ServiceBroker, type BrokerOptions, type Middleware, type ServiceSchema } from "moleculer";
import { AnsweringFirst, silentNodes } from "../../../mixins/calls/answering-first.ts";
import { callPath } from "../../../mixins/calls/call-path.ts";
import { NatsTransporter } from "../../../mixins/calls/nats-transporter.ts";
import { eventually } from "../../eventually.ts";
import { describeWith, openServer, type TestServer } from "../../servers.ts";

const RETRIES = { retryPolicy: { enabled: true, retries: 2, delay: 10 } };

describeWith("nats-server", "calls over NATS", () => {
  let nats: TestServer;
  let namespace: string;
  let brokers: ServiceBroker[];
  beforeAll(async () => void (nats = await openServer("nats-server")));
  afterAll(() => nats.discard());
  beforeEach(() => void ([namespace, brokers] = [randomUUID(), []]));
  afterEach(() => Promise.all(brokers.map((broker) => broker.stop())));

  async function join(nodeID: string, schema?: ServiceSchema, own: Middleware[] = []): Promise<ServiceBroker> {
    const options: BrokerOptions = {
      ...{ namespace, nodeID, logger: false, skipProcessEventRegistration: true, internalMiddlewares: false },
      transporter: new NatsTransporter({ servers: [nats.url], reconnectTimeWait: 50 }),
      ...{ heartbeatInterval: 600, heartbeatTimeout: 600, registry: { strategy: AnsweringFirst, stopDelay: 0 } },
      tracking: { enabled: true, shutdownTimeout: 100 },
      middlewares: [...own, silentNodes(), "ContextTracker", "Timeout", callPath(), "Retry", "ErrorHandler"],
    };
    const broker = new ServiceBroker(options);
    if (schema) broker.createService(schema);
    await broker.start();
    brokers.push(broker);
    return broker;
  }

  /** Counts its calls; `write` may run once only, `read` may be repeated, `stay` does not return. */
  const shop = (calls: string[]): ServiceSchema => ({
    name: "shop",
    actions: {
      write: (ctx) => calls.push(ctx.broker.nodeID),
      read: { ...RETRIES, handler: (ctx) => calls.push(ctx.broker.nodeID) },
      stay: () => pause(60_000, void calls.push("stays"), { ref: false }),
    },
  });
  const natsOf = (broker: ServiceBroker) =>
    (broker.transit!.tx as NatsTransporter).client as { close(): Promise<void> };

  async function shopWithCaller(nodes: string[]) {
    const calls: string[] = [];
    const shops = await Promise.all(nodes.map((node) => join(node, shop(calls))));
    const caller = await join("caller");
    await caller.waitForServices("shop");
    await eventually(async () => {
      const [found] = (await caller.call("$node.services", { skipInternal: true, grouping: true })) as {
        nodes: string[];
      }[];
      expect(found?.nodes).toHaveLength(nodes.length);
    });
    return { calls, shops, caller };
  }

  test("when a node dies, every call finds the other one, even a write, and what waited for it is rejected", async () => {
    const { calls, shops, caller } = await shopWithCaller(["one", "two"]);
    const waiting = caller.call("shop.stay", {}, { nodeID: "one", timeout: 0 });
    const rejected = expect(waiting).rejects.toMatchObject({ type: "REQUEST_REJECTED" });
    await eventually(() => expect(calls).toEqual(["stays"]));
    await natsOf(shops[0]!).close();
    for (let i = 0; i < 4; i++) await caller.call("shop.write");
    await caller.call("shop.read");
    expect(calls).toEqual(["stays", "two", "two", "two", "two", "two"]);
    await rejected;
    await natsOf(shops[1]!).close();
    await expect(caller.call("shop.write", {}, { timeout: 0 })).rejects.toMatchObject({
      type: "SERVICE_NOT_AVAILABLE",
    });
  });

  test("a call that a stopping node refuses is given to another one", async () => {
    const { calls, shops, caller } = await shopWithCaller(["one", "two"]);
    shops[0]!.stopping = true;
    for (let i = 0; i < 4; i++) await caller.call("shop.write");
    expect(calls).toEqual(["two", "two", "two", "two"]);
    shops[0]!.stopping = false;
  });

  test("a call directed at one node is never given to another one, even if it may be repeated", async () => {
    const { calls, shops, caller } = await shopWithCaller(["one", "two"]);
    shops[0]!.stopping = true;
    for (const action of ["shop.write", "shop.read"]) {
      await expect(caller.call(action, {}, { nodeID: "one" })).rejects.toMatchObject({ code: 404 });
    }
    shops[0]!.stopping = false;
    await natsOf(shops[0]!).close();
    // What is sent before the server has seen the end of the connection is lost, and its caller times out.
    const directed = (action: string) => caller.call(action, {}, { nodeID: "one", timeout: 1000 });
    for (const action of ["shop.write", "shop.read"]) {
      await eventually(() => expect(directed(action)).rejects.toMatchObject({ code: 404 }));
    }
    expect(calls).toEqual([]);
    await caller.call("shop.write");
    expect(calls).toEqual(["two"]);
  });

  test("without the server calls fail at once, and work again when it is back", async () => {
    const { calls, shops, caller } = await shopWithCaller(["one"]);
    const waiting = caller.call("shop.stay", {}, { timeout: 0 });
    const rejected = expect(waiting).rejects.toMatchObject({ type: "REQUEST_REJECTED" });
    await eventually(() => expect(calls).toEqual(["stays"]));
    await nats.stop();
    await rejected;
    const refused = { type: "SERVICE_NOT_AVAILABLE" };
    await expect(caller.call("shop.write", {}, { timeout: 0 })).rejects.toMatchObject(refused);
    await expect(caller.call("shop.read", {}, { timeout: 0 })).rejects.toMatchObject(refused);
    expect(caller.transit!.connected).toBe(false);
    await nats.start();
    await eventually(() => caller.call("shop.write"));
    expect([caller, ...shops].map((broker) => broker.transit!.connected)).toEqual([true, true]);
  });

  test("a node stops while the server is gone", async () => {
    const { shops } = await shopWithCaller(["one"]);
    await nats.stop();
    await eventually(() => expect(shops[0]!.transit!.connected).toBe(false));
    await shops[0]!.stop();
    await nats.start();
  });

  test("a call that has timed out does not keep its process from stopping, though no answer ever comes", async () => {
    const { calls, caller } = await shopWithCaller(["one"]);
    await expect(caller.call("shop.stay", {}, { timeout: 200 })).rejects.toThrow("timed out");
    expect(calls).toEqual(["stays"]);
    const { _trackedContexts: running } = caller as unknown as { _trackedContexts: unknown[] };
    await eventually(() => expect(running).toEqual([]), 2000);
  });

  test("a node that has gone silent is asked nothing more while another one answers", async () => {
    let silent = false;
    const silence = {
      transporterSend:
        (next: (...args: unknown[]) => unknown) =>
        (...args: unknown[]) =>
          silent ? Promise.resolve() : next(...args),
    } as unknown as Middleware;
    const calls: string[] = [];
    await join("one", shop(calls), [silence]);
    await join("two", shop(calls));
    const caller = await join("caller");
    await caller.waitForServices("shop");
    await eventually(async () => {
      for (let i = 0; i < 2; i++) await caller.call("shop.read");
      expect(new Set(calls.slice(-2)).size).toBe(2);
    });
    silent = true;
    await expect(caller.call("shop.write", {}, { nodeID: "one", timeout: 700 })).rejects.toThrow("timed out");
    calls.length = 0;
    for (let i = 0; i < 6; i++) await caller.call("shop.write");
    expect(new Set(calls)).toEqual(new Set(["two"]));
    silent = false;
  });

  test("attempts within a call end with it", async () => {
    const begun: unknown[] = [];
    const handler = () => pause(60_000, void begun.push(1), { ref: false });
    await join("slow", { name: "slow", actions: { read: { ...RETRIES, handler } } });
    const caller = await join("caller", {
      name: "middle",
      actions: { read: { timeout: 600, handler: (ctx) => ctx.call("slow.read", {}, { timeout: 400 }) } },
    });
    await caller.waitForServices("slow");
    await expect(caller.call("middle.read")).rejects.toThrow();
    await pause(800);
    expect(begun.length).toBeLessThanOrEqual(2);
  });
});
