import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { ServiceBroker, type BrokerOptions, type ServiceSchema } from "moleculer";
import { z } from "zod";
import { answers } from "../../mixins/answer.ts";
import { contract } from "../../mixins/contract.ts";
import { drainMiddleware, LastInstance, Operator } from "../../mixins/drain.ts";
import { healthServer } from "../../mixins/health.ts";
import { eventually } from "../eventually.ts";

const nothing = z.strictObject({});
const Cellar = contract("cellar", { fetch: { summary: "A bottle", params: nothing, result: z.string() } });
const Bar = contract("bar", { serve: { summary: "A glass and who served it", params: nothing, result: z.string() } });

/** What a test knows of one process: its broker, its health, the way to let its guests drink up. */
async function openNode(namespace: string, nodeID: string, services: (node: Node) => ServiceSchema[]) {
  const health = healthServer({ port: 0, host: "127.0.0.1" });
  const gate = Promise.withResolvers<void>();
  const node: Node = { nodeID, log: [], gate: gate.promise };
  const broker = new ServiceBroker({
    ...{ namespace, nodeID, transporter: "Fake", logger: false, skipProcessEventRegistration: true },
    registry: { stopDelay: 50 },
    transit: { serviceChangedDebounceTime: 0 } as NonNullable<BrokerOptions["transit"]>,
    tracking: { enabled: true, shutdownTimeout: 10_000 },
    middlewares: [health, drainMiddleware()],
  });
  for (const service of services(node)) broker.createService(service);
  await broker.start();
  const ready = async () => (await fetch(`http://127.0.0.1:${health.port()}/health/ready`)).status;
  const live = async () => (await fetch(`http://127.0.0.1:${health.port()}/health/live`)).status;
  return { broker, log: node.log, letGo: gate.resolve, ready, live };
}
interface Node {
  nodeID: string;
  log: string[];
  gate: Promise<void>;
}

const bar = (node: Node): ServiceSchema => ({
  name: Bar.$name,
  edge: true,
  actions: answers(Bar, {
    async serve(_params, ctx) {
      node.log.push("asked");
      await node.gate;
      return `${await Cellar.fetch(ctx, {})} from ${node.nodeID}`;
    },
  }),
  stopped: async () => void node.log.push("bar closed"),
});
const cellar = (node: Node): ServiceSchema => ({
  name: Cellar.$name,
  actions: answers(Cellar, { fetch: () => `wine of ${node.nodeID}` }),
  stopped: async () => void node.log.push("cellar closed"),
});
const both = (node: Node) => [bar(node), cellar(node)];

let nodes: Awaited<ReturnType<typeof openNode>>[] = [];
afterEach(async () => {
  await Promise.all(nodes.map(({ broker }) => broker.stop()));
  nodes = [];
});

/** Two processes and somebody who calls them. */
async function twoNodes(second: (node: Node) => ServiceSchema[] = both) {
  const namespace = randomUUID();
  const one = await openNode(namespace, "one", both);
  const two = await openNode(namespace, "two", second);
  const guest = await openNode(namespace, "guest", () => []);
  nodes = [guest, one, two];
  await eventually(() => {
    for (const { broker } of nodes) expect(instances(broker)).toEqual(2 + second({} as Node).length);
  });
  two.letGo();
  return { one, two, via: guest.broker };
}

const instances = ({ registry }: ServiceBroker) =>
  registry.getServiceList({ skipInternal: true, onlyAvailable: true }).length;

test("a drained process finishes what runs, edges first, and others answer meanwhile and afterwards", async () => {
  const { one, two, via } = await twoNodes();
  const running = Bar.serve(via, {}, { nodeID: "one" });
  await eventually(() => expect(one.log).toEqual(["asked"]));
  const drained = Operator.drain(via, {}, { nodeID: "one" });
  await eventually(async () => expect([await one.ready(), await one.live()]).toEqual([503, 200]));
  for (let asked = 0; asked < 4; asked++) expect(await Bar.serve(via, {})).toContain("from two");
  expect(one.log).toEqual(["asked"]);
  one.letGo();
  expect(await running).toBe("wine of one from one");
  expect(await drained).toEqual({ services: ["bar", "cellar"] });
  expect(one.log).toEqual(["asked", "bar closed", "cellar closed"]);
  expect([one.broker.started, await one.ready(), await one.live(), await two.ready()]).toEqual([true, 503, 200, 200]);
  for (let asked = 0; asked < 4; asked++) expect(await Bar.serve(via, {})).toContain("from two");
});

test("whoever is the last to run a service is drained by force only", async () => {
  const { one, via } = await twoNodes((node) => [cellar(node)]);
  const refused = await Operator.drain(via, {}, { nodeID: "one" }).catch((error: unknown) => error);
  expect(LastInstance.is(refused)).toBe(true);
  expect(refused).toMatchObject({ data: { services: ["bar"] } });
  expect([await one.ready(), one.log]).toEqual([200, []]);
  await Operator.drain(via, { force: true }, { nodeID: "one" });
  expect(one.log).toEqual(["bar closed", "cellar closed"]);
});

test("with stop the process ends its broker once it has answered", async () => {
  const { one, via } = await twoNodes();
  expect(await Operator.drain(via, { stop: true }, { nodeID: "one" })).toEqual({ services: ["bar", "cellar"] });
  await eventually(async () => expect(await one.ready().catch(() => "gone")).toBe("gone"));
});

test("a drain with stop and a signal meanwhile stop the process once", async () => {
  const { one, via } = await twoNodes();
  let stops = 0;
  one.broker.localBus.on("$broker.stopped", () => stops++);
  const running = Bar.serve(via, {}, { nodeID: "one" });
  await eventually(() => expect(one.log).toEqual(["asked"]));
  const drained = Operator.drain(via, { stop: true }, { nodeID: "one" });
  await eventually(async () => expect(await one.ready()).toBe(503));
  const stopped = one.broker.stop();
  one.letGo();
  await Promise.all([running, drained, stopped]);
  await pause(500);
  expect(stops).toBe(1);
});

test("a stop without a drain goes the same way", async () => {
  const { one, via } = await twoNodes();
  const running = Bar.serve(via, {}, { nodeID: "one" });
  await eventually(() => expect(one.log).toEqual(["asked"]));
  const stopped = one.broker.stop();
  expect(await one.ready()).toBe(503);
  one.letGo();
  expect(await running).toBe("wine of one from one");
  await stopped;
  expect(one.log).toEqual(["asked", "bar closed", "cellar closed"]);
});
