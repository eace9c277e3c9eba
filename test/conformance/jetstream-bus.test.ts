import { uuidv7 } from "uuidv7";
import { jetstreamBus } from "../../mixins/bus/jetstream-bus.ts";
import { describeWith, openServer, type TestServer } from "../servers.ts";
import { busInstancesConformance, CONFORMANCE_ACK_WAIT_MS, CONFORMANCE_UNDER_WAY } from "./bus-instances.suite.ts";
import { busLettersConformance } from "./bus-letters.suite.ts";
import { busOrderConformance } from "./bus-order.suite.ts";
import { busConformance, CONFORMANCE_TRIES } from "./bus.suite.ts";

describeWith("nats-server", "On a server,", () => {
  let server: TestServer;
  beforeAll(async () => void (server = await openServer("nats-server")));
  afterAll(() => server.discard());

  const open = (cluster: string) =>
    jetstreamBus({
      ...{ url: server.url, cluster, name: "conformance" },
      ...{ tries: CONFORMANCE_TRIES, firstPauseMs: 5, stopLimitMs: 200 },
      ...{ ackWaitMs: CONFORMANCE_ACK_WAIT_MS, underWay: CONFORMANCE_UNDER_WAY },
    });
  const openAlone = async () => open(`suite-${uuidv7()}`);
  const openWorld = () => {
    const cluster = `suite-${uuidv7()}`;
    return () => open(cluster);
  };

  busConformance("the JetStream bus", openAlone);
  busLettersConformance("the JetStream bus", openAlone);
  busOrderConformance("the JetStream bus", openAlone);
  busInstancesConformance("the JetStream bus", openWorld);
});
