import { connect } from "nats";
import { z } from "zod";
import type { Bus } from "../../mixins/bus/bus.ts";
import { jetstreamBus } from "../../mixins/bus/jetstream-bus.ts";
import { fact } from "../../mixins/contract.ts";
import { eventually } from "../eventually.ts";
import { describeWith, freePort, openServer, type TestServer } from "../servers.ts";

const Counted = fact("copies.counted", z.object({ number: z.int() }));

describeWith("nats-server", "While servers of the cluster are missing, the JetStream bus", () => {
  let servers: TestServer[];
  let ports: number[];
  let bus: Bus;
  const join = (at: number) =>
    openServer(
      "nats-server",
      ...["--name", `server-${at}`, "--cluster_name", "copies", "--cluster", `nats://127.0.0.1:${ports[at]}`],
      ...["--routes", ports.map((port) => `nats://127.0.0.1:${port}`).join(",")],
    );
  beforeAll(async () => {
    ports = await Promise.all([freePort(), freePort(), freePort()]);
    servers = await Promise.all([join(0), join(1)]);
  });
  afterAll(async () => {
    await bus.stop();
    await Promise.all(servers.map((server) => server.discard()));
  });

  test("keeps one copy and says so, and makes the others when they are there", async () => {
    const warnings: string[] = [];
    bus = jetstreamBus({
      ...{ url: servers[0]!.url, cluster: "copies", name: "test", limits: { lookAgainMs: 500 } },
      logger: { info: () => {}, warn: (text: string) => void warnings.push(text) },
    });
    await bus.start();
    await bus.publish(Counted({ number: 1 }));
    const nats = await connect({ servers: servers[0]!.url });
    const jsm = await nats.jetstreamManager({ checkAPI: false });
    const copies = async () => {
      const streams = await Promise.all(["facts", "dead-letters"].map((kind) => jsm.streams.info(`copies-${kind}`)));
      return streams.map(({ config }) => config.num_replicas);
    };
    expect(await copies()).toEqual([1, 1]);
    expect(warnings.at(-1)).toMatch(/^Too few servers/);
    servers.push(await join(2));
    await eventually(async () => expect(await copies()).toEqual([3, 3]));
    await nats.close();
  });
});
