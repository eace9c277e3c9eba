import { ServiceBroker, type ServiceSchema } from "moleculer";
import { z } from "zod";
import { on, type Bus } from "../../mixins/bus/bus.ts";
import { busMiddleware } from "../../mixins/bus/bus-middleware.ts";
import { embeddedBus } from "../../mixins/bus/embedded-bus.ts";
import { fact } from "../../mixins/contract.ts";
import { facts } from "../../mixins/facts.ts";
import { eventually } from "../eventually.ts";
import { NotedFacts } from "./noted-facts.ts";

const Planted = fact("gardens.planted", z.object({ tree: z.string() }));

describe("A service with facts", () => {
  let brokers: ServiceBroker[] = [];
  afterEach(async () => {
    await Promise.all(brokers.map((broker) => broker.stop()));
    brokers = [];
  });

  const startBroker = async (services: ServiceSchema[], openBus?: () => Bus) => {
    const middlewares = openBus ? [busMiddleware(openBus)] : [];
    const broker = new ServiceBroker({ logger: false, nodeID: `node-${brokers.length}`, middlewares });
    for (const service of services) broker.createService(service);
    await broker.start();
    brokers.push(broker);
    return broker;
  };

  /** Opens its store when it starts, as every service does, and closes it when it stops. */
  const gardens = (store: NotedFacts) => {
    let open: NotedFacts | undefined;
    return {
      name: "gardens",
      mixins: [facts({ relays: () => [open!] })],
      actions: {
        plant: async (ctx: { params: { tree: string } }) => open!.write(ctx.params.tree, Planted(ctx.params)),
        look: async () => "green",
      },
      async started() {
        open = store;
      },
      async stopped() {
        open = undefined;
        store.closed = true;
      },
    } as unknown as ServiceSchema;
  };

  const counter = (grow: (tree: string) => Promise<void>) =>
    ({
      name: "counter",
      mixins: [facts({ subscriptions: [on(Planted, ({ tree }) => grow(tree))] })],
    }) as unknown as ServiceSchema;

  test("answers after its facts were applied by every local subscriber", async () => {
    const trees: string[] = [];
    const broker = await startBroker([counter(async (tree) => void trees.push(tree)), gardens(new NotedFacts())], () =>
      embeddedBus(),
    );
    for (const tree of ["pine", "elm", "yew"]) {
      await broker.call("gardens.plant", { tree });
      expect(trees).toContain(tree);
    }
  });

  test("answers although a subscriber hangs, and the fact stays", async () => {
    const store = new NotedFacts();
    const gate = Promise.withResolvers<void>();
    const broker = await startBroker([gardens(store), counter(() => gate.promise)], () => embeddedBus());
    await broker.call("gardens.plant", { tree: "oak" });
    expect(store.unsent.length).toBe(1);
    gate.resolve();
    await eventually(() => expect(store.unsent).toEqual([]));
  });

  test("does not make an answer wait for the stuck fact of another call", async () => {
    const gate = Promise.withResolvers<void>();
    const grown: string[] = [];
    const grow = async (tree: string) => {
      if (tree === "oak") await gate.promise;
      grown.push(tree);
    };
    const broker = await startBroker([gardens(new NotedFacts()), counter(grow)], () => embeddedBus());
    const first = broker.call("gardens.plant", { tree: "oak" });
    await broker.call("gardens.plant", { tree: "elm" });
    expect(grown).toEqual(["elm"]);
    gate.resolve();
    await first;
  });

  test("a handler may call an action that writes to the collection its own fact came from", async () => {
    const store = new NotedFacts();
    const echo = {
      name: "echo",
      mixins: [
        facts({
          subscriptions: (broker: ServiceBroker) => [
            on(Planted, async ({ tree }) => {
              if (tree === "oak") await broker.call("gardens.plant", { tree: "acorn" });
            }),
          ],
        }),
      ],
    } as unknown as ServiceSchema;
    const broker = await startBroker([gardens(store), echo], () => embeddedBus());
    await broker.call("gardens.plant", { tree: "oak" });
    await eventually(() => expect(store.unsent).toEqual([]));
  });

  test("publishes what an earlier process left, once every service has subscribed", async () => {
    const store = new NotedFacts();
    store.write("oak", Planted({ tree: "oak" }));
    const trees: string[] = [];
    const late = {
      ...counter(async (tree) => void trees.push(tree)),
      started: () => new Promise<void>((resolve) => setTimeout(resolve, 100)),
    } as unknown as ServiceSchema;
    await startBroker([gardens(store), late], () => embeddedBus());
    await eventually(() => expect([trees, store.unsent]).toEqual([["oak"], []]));
  });

  test("leaves facts in their documents on a broker without a bus", async () => {
    const store = new NotedFacts();
    const broker = await startBroker([gardens(store), counter(async () => {})]);
    await broker.call("gardens.plant", { tree: "oak" });
    expect(store.unsent.length).toBe(1);
  });

  test("stops its relay and the handlers before stores close", async () => {
    const store = new NotedFacts();
    const entered = Promise.withResolvers<void>();
    let closedMeanwhile: boolean | undefined;
    const grow = async () => {
      entered.resolve();
      await new Promise((resolve) => setTimeout(resolve, 50));
      closedMeanwhile = store.closed;
    };
    const broker = await startBroker([gardens(store), counter(grow)], () => embeddedBus());
    const answered = broker.call("gardens.plant", { tree: "oak" });
    await entered.promise;
    await broker.stop();
    await answered;
    expect(closedMeanwhile).toBe(false);
    expect(store.unsent).toEqual([]);
    expect(store.touchedAfterClose).toBe(false);
  });

  test("facts wait in their documents for a subscriber that was taken away, and answers do not", async () => {
    const store = new NotedFacts();
    const trees: string[] = [];
    const taken = counter(async () => {});
    const broker = await startBroker([gardens(store), taken], () => embeddedBus());
    await broker.destroyService("counter");
    await broker.call("gardens.plant", { tree: "oak" });
    expect(store.unsent.length).toBe(1);
    broker.createService(counter(async (tree) => void trees.push(tree)));
    await eventually(() => expect([trees, store.unsent]).toEqual([["oak"], []]));
  });

  test("a service that is taken away leaves its store alone", async () => {
    const store = new NotedFacts();
    const gate = Promise.withResolvers<void>();
    const broker = await startBroker([gardens(store), counter(() => gate.promise)], () => embeddedBus());
    const answered = broker.call("gardens.plant", { tree: "oak" });
    await eventually(() => expect(store.reads).toBeGreaterThan(1));
    const gone = broker.destroyService("gardens");
    gate.resolve();
    await Promise.all([gone, answered]);
    store.write("elm", Planted({ tree: "elm" }));
    expect([store.closed, store.touchedAfterClose]).toEqual([true, false]);
  });

  test("refuses two handlers for one fact in one service", async () => {
    const twice = {
      name: "twice",
      mixins: [facts({ subscriptions: [on(Planted, async () => {}), on(Planted, async () => {})] })],
    } as unknown as ServiceSchema;
    await expect(startBroker([twice], () => embeddedBus())).rejects.toThrow("Two handlers for gardens.planted");
  });
});
