import { uuidv7 } from "uuidv7";
import { jetstreamBus } from "../../mixins/bus/jetstream-bus.ts";
import { describeWith, openServer, type TestServer } from "../servers.ts";
import { busConformance, CONFORMANCE_TRIES } from "./bus.suite.ts";

describeWith("nats-server", "On a server,", () => {
  let server: TestServer;
  beforeAll(async () => void (server = await openServer("nats-server")));
  afterAll(() => server.discard());

  busConformance("the JetStream bus", async () =>
    jetstreamBus({
      ...{ url: server.url, cluster: `suite-${uuidv7()}`, name: "conformance" },
      ...{ tries: CONFORMANCE_TRIES, firstPauseMs: 5 },
    }),
  );
});
