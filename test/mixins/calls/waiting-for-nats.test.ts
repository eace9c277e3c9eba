import { setTimeout as pause } from "node:timers/promises";
import { ServiceBroker } from "moleculer";
import { jetstreamBus } from "../../../mixins/bus/jetstream-bus.ts";
import { NatsTransporter } from "../../../mixins/calls/nats-transporter.ts";
import { jsonLines } from "../../../mixins/logs/log-lines.ts";
import { natsOptions } from "../../../mixins/nats-url.ts";
import { eventually } from "../../eventually.ts";
import { describeWith, freePort, openServer } from "../../servers.ts";

/** Longer than several tries take. */
const SEVERAL_TRIES_MS = 2500;

function openBroker(url: string) {
  const lines: string[] = [];
  const to = { write: (line: string) => void lines.push((JSON.parse(line) as { msg: string }).msg) };
  const broker = new ServiceBroker({
    namespace: "waiting",
    nodeID: "waiting",
    transporter: new NatsTransporter(natsOptions(url)),
    logger: jsonLines({ level: "warn", to }),
    skipProcessEventRegistration: true,
  });
  return { broker, lines };
}

describeWith("nats-server", "A process that is refused by NATS", () => {
  test("says once at which server, without the password, and goes on as soon as it is let in", async () => {
    const server = await openServer("nats-server", "--user", "test", "--pass", "other");
    const url = server.url.replace("//", "//test:our-secret@");
    const { broker, lines } = openBroker(url);
    const warnings: string[] = [];
    const logger = { info: () => {}, warn: (text: string) => void warnings.push(text) };
    const bus = jetstreamBus({ url, cluster: "waiting", name: "waiting", logger });
    const started = broker.start();
    const busStarted = bus.start();
    await pause(SEVERAL_TRIES_MS);
    const { host } = new URL(server.url);
    expect(lines).toEqual([`Calls wait for NATS at ${host}: 'Authorization Violation'`]);
    expect(warnings).toEqual([`Facts wait for NATS at ${host}: 'Authorization Violation'`]);
    await server.stop();
    await server.start("--user", "test", "--pass", "our-secret");
    await Promise.all([started, busStarted]);
    expect(lines.slice(1)).toEqual(["NATS is there"]);
    await Promise.all([broker.stop(), bus.stop()]);
    await server.discard();
  });
});

test("A process that waits for NATS can be stopped", async () => {
  const { broker, lines } = openBroker(`nats://127.0.0.1:${await freePort()}`);
  void broker.start();
  await eventually(() => expect(lines).toEqual([expect.stringMatching(/127\.0\.0\.1:\d+: CONNECTION_REFUSED/)]));
  await broker.stop();
  await pause(SEVERAL_TRIES_MS);
  expect(lines).toHaveLength(1);
});
