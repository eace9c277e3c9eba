import { ServiceBroker } from "moleculer";
import { NatsTransporter } from "../../../mixins/calls/nats-transporter.ts";
import { jsonLines } from "../../../mixins/logs/log-lines.ts";

/** A process that joins the others under a name, says so and leaves: `newcomer.ts <url> <namespace> <name>`. */
const [url, namespace, nodeID] = process.argv.slice(2) as [string, string, string];
const transporter = new NatsTransporter({ servers: [url] });
const broker = new ServiceBroker({ namespace, nodeID, transporter, logger: jsonLines({ level: "fatal" }) });
await broker.start();
process.stdout.write("joined\n");
await broker.stop();
process.exit(0);
