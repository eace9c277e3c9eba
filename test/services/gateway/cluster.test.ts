import { randomUUID } from "node:crypto";
import { ServiceBroker, type BrokerOptions } from "moleculer";
import { answers } from "../../../mixins/answer.ts";
import { accessOf, openStall, type Stall } from "./stall.ts";
import { thingHandlers, Things } from "./things.ts";

const namespace = randomUUID();
const fake: BrokerOptions = {
  namespace,
  transporter: "Fake",
  transit: { serviceChangedDebounceTime: 0 } as NonNullable<BrokerOptions["transit"]>,
  logger: false,
};
let stall: Stall;
let nodes: ServiceBroker[];

/** A node of its own with the things service; its picture tells its name. */
async function startNode(nodeID: string): Promise<ServiceBroker> {
  const broker = new ServiceBroker({ ...fake, nodeID, strictResults: true, skipProcessEventRegistration: true });
  const handlers = { ...thingHandlers(stall), picture: () => nodeID };
  broker.createService({ name: "things", actions: answers(Things, handlers) });
  await broker.start();
  return broker;
}

beforeAll(async () => {
  stall = await openStall({ broker: fake });
  await stall.broker.destroyService(stall.broker.getLocalService("things")!);
  nodes = [await startNode("one"), await startNode("two")];
  await stall.broker.waitForServices("things");
});
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
  await stall.close();
});

test("calls are spread over all nodes", async () => {
  const seen = [];
  for (let i = 0; i < 6; i++) seen.push((await stall.send("GET", "/api/things/picture.svg")).text);
  expect(seen.filter((node) => node === "one")).toHaveLength(3);
});

test("a failure crosses nodes with code, status and data; another error with nothing", async () => {
  const gone = await stall.send("POST", "/api/fail", { body: { how: "gone" } });
  expect([gone.status, gone.body.code, gone.body.since]).toEqual([409, "THING_GONE", "yesterday"]);
  const broken = await stall.send("POST", "/api/fail", { body: { how: "badly" } });
  expect([broken.status, broken.body.code]).toEqual([500, "INTERNAL_ERROR"]);
  expect(broken.text).not.toMatch(/ECONNREFUSED|one|two/);
  const missing = await stall.send("POST", "/api/fail", { body: { how: "elsewhere" } });
  expect([missing.status, missing.body.code]).toEqual([503, "CELLAR_UNAVAILABLE"]);
});

test("who calls and the request id cross nodes", async () => {
  const headers = { authorization: `Bearer ${await accessOf("ada", "member")}`, "x-request-id": "request-9" };
  expect((await stall.send("GET", "/api/who-am-i", { headers })).body).toMatchObject({
    accountId: "ada",
    requestId: "request-9",
  });
});

test("health knows both nodes and their round trips", async () => {
  const { body } = await stall.send("GET", "/api/health");
  expect(body.nodes.map(({ id }: { id: string }) => id).sort()).toEqual([stall.broker.nodeID, "one", "two"].sort());
  expect(body.services[0]).toEqual({ name: "things", status: "ok", instances: 2, latencyMs: expect.any(Number) });
});

test("one node less is not noticed, none at all is 503", async () => {
  await nodes[0]!.stop();
  for (let i = 0; i < 3; i++) expect((await stall.send("GET", "/api/things/picture.svg")).text).toBe("two");
  await nodes[1]!.stop();
  const { status, body } = await stall.send("GET", "/api/things/picture.svg");
  expect([status, body.code]).toEqual([503, "THINGS_UNAVAILABLE"]);
});
