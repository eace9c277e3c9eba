import { setTimeout as pause } from "node:timers/promises";
import { describeWith } from "../servers.ts";
import { openCluster, type Cluster } from "./cluster.ts";
import { bearableRate, failed, startLoad, told } from "./load.ts";
import { openTraffic, type Traffic } from "./traffic.ts";

jest.setTimeout(300_000);

const BEHIND = ["accounts", "exports", "listings", "search", "prediction"];

describeWith("nats-server", "restarts under load", () => {
  let cluster: Cluster;
  let traffic: Traffic;
  let perSecond: number;

  beforeAll(async () => {
    const layout = { "edge-1": ["gateway"], "edge-2": ["gateway"], "back-1": BEHIND, "back-2": BEHIND };
    cluster = await openCluster(layout);
    traffic = await openTraffic(cluster.gateways);
    perSecond = await bearableRate(cluster.gateways, traffic.next);
  });
  afterAll(() => cluster?.close());

  test("every process is stopped and started in turn, and no request fails", async () => {
    const load = startLoad(cluster.gateways, perSecond, traffic.next);
    const codes: (number | null)[] = [];
    try {
      for (const node of cluster.nodes) {
        await pause(500);
        codes.push(await node.end("SIGTERM"));
        await node.start();
        await cluster.whole();
      }
    } finally {
      await load.stop();
    }
    expect(codes).toEqual([0, 0, 0, 0]);
    expect(told(failed(load.outcomes))).toEqual([]);
    await traffic.verify(cluster.gateways);
  });

  test("nats-server is killed and started again: calls are refused in between, all nodes come back", async () => {
    const load = startLoad(cluster.gateways, perSecond, traffic.next);
    let backAtMs: number;
    try {
      await pause(500);
      await cluster.nats.stop("SIGKILL");
      await pause(3000);
      await cluster.nats.start();
      await cluster.whole();
      backAtMs = load.nowMs();
      await pause(2000);
    } finally {
      await load.stop();
    }
    const bad = failed(load.outcomes);
    expect(bad.length).toBeGreaterThan(0);
    expect([...new Set(bad.map(({ why }) => why.slice(0, 3)))].filter((why) => !["503", "504"].includes(why))).toEqual(
      [],
    );
    expect(told(bad.filter(({ startedAtMs }) => startedAtMs > backAtMs))).toEqual([]);
    await traffic.verify(cluster.gateways);
  });
});
