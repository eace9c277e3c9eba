import { setTimeout as pause } from "node:timers/promises";
import { describeWith } from "../servers.ts";
import { openCluster, PAIRS, type Cluster } from "./cluster.ts";
import { bearableRate, failed, HEAD, row, startLoad, told, type Outcome } from "./load.ts";
import { openTraffic, type Traffic } from "./traffic.ts";

jest.setTimeout(300_000);

describeWith("nats-server", "one process of two dies under load", () => {
  let cluster: Cluster;
  let traffic: Traffic;
  let perSecond: number;
  const table: string[] = [];

  beforeAll(async () => {
    cluster = await openCluster(PAIRS);
    traffic = await openTraffic(cluster.gateways);
    perSecond = await bearableRate(cluster.gateways, traffic.next);
  });
  afterAll(async () => {
    await cluster?.close();
    if (table.length > 0)
      process.stdout.write(`\nOne of two lost at ${perSecond} requests/s\n${[HEAD, ...table].join("\n")}\n`);
  });

  /** Keeps the load up while something happens; answers what became of the requests that were out from then on. */
  async function under(what: string, happens: () => Promise<void>): Promise<Outcome[]> {
    const load = startLoad(cluster.gateways, perSecond, traffic.next);
    await pause(500);
    const sinceMs = load.nowMs();
    await happens().finally(() => load.stop());
    const outcomes = load.outcomes.filter(({ startedAtMs, latencyMs }) => startedAtMs + latencyMs >= sinceMs);
    table.push(row(what, outcomes));
    return outcomes;
  }

  const failedReads = (outcomes: Outcome[]) => told(failed(outcomes).filter(({ idempotent }) => idempotent));
  const silent = (outcomes: Outcome[]) => told(outcomes.filter(({ result }) => result === "silent"));

  test.each(["gateway", "accounts", "listings", "search", "prediction"])(
    "%s: no read fails, and nobody is left without an answer",
    async (service) => {
      const node = cluster.node(`${service}-1`);
      const outcomes = await under(`kill -9 ${node.name}`, async () => {
        await node.end("SIGKILL");
        await pause(3000);
      });
      await node.start();
      await cluster.whole();
      expect([failedReads(outcomes), silent(outcomes)]).toEqual([[], []]);
    },
  );

  test("a process that freezes is noticed although its connections stand", async () => {
    const node = cluster.node("prediction-1");
    const outcomes = await under("freeze prediction-1", async () => {
      node.signal("SIGSTOP");
      await pause(3000);
      node.signal("SIGCONT");
    });
    await cluster.whole();
    expect([failedReads(outcomes), silent(outcomes)]).toEqual([[], []]);
  });

  test("all that was acknowledged is there, and what was repeated under its key is there once", async () => {
    expect(traffic.promised.cars.size).toBeGreaterThan(20);
    await traffic.verify(cluster.gateways);
  });
});
