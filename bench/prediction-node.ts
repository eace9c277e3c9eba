import { loadServices } from "../moleculer.config.ts";
import { productBroker } from "./rpc-brokers.ts";

/** A process that runs prediction only. It tells its parent when it is ready. */
const [natsUrl, name] = process.argv.slice(2) as [string, string];
const broker = await productBroker(natsUrl, name);
for (const service of await loadServices(["prediction"])) broker.createService(service);
await broker.start();
process.on("disconnect", () => process.exit());
process.send!("ready");
