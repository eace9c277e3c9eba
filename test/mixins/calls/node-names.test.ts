import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import path from "node:path";
import { promisify } from "node:util";
import { ServiceBroker } from "moleculer";
import { NatsTransporter } from "../../../mixins/calls/nats-transporter.ts";
import { describeWith, openServer, type TestServer } from "../../servers.ts";

const NEWCOMER = path.join(import.meta.dirname, "newcomer.ts");

describeWith("nats-server", "names of processes over NATS", () => {
  let nats: TestServer;
  beforeAll(async () => void (nats = await openServer("nats-server")));
  let older: ServiceBroker | undefined;
  afterAll(async () => {
    await older?.stop();
    await nats.discard();
  });

  test("a newcomer whose name is taken ends and says why, and whoever has the name goes on", async () => {
    const namespace = randomUUID();
    const joinAs = (name: string) => promisify(execFile)(process.execPath, [NEWCOMER, nats.url, namespace, name]);
    const transporter = new NatsTransporter({ servers: [nats.url] });
    older = new ServiceBroker({ namespace, nodeID: "one", transporter, logger: false });
    await older.start();
    const refused = (await joinAs("one").catch((error: unknown) => error)) as { code: number; stdout: string };
    expect(refused.code).toBe(1);
    expect(refused.stdout).toContain("Another process is called 'one'; NODE_NAME must be unique");
    expect(refused.stdout).not.toContain("joined");
    expect((await joinAs("two")).stdout).toBe("joined\n");
    await older.stop();
    older = undefined;
    expect((await joinAs("one")).stdout).toBe("joined\n");
  });
});
