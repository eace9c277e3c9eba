/** A program to be killed: counts facts in SQLite. `node counting-program.ts <nats url> <cluster> <directory>` */
import { ServiceBroker, type ServiceSchema } from "moleculer";
import { busMiddleware } from "../../../mixins/bus/bus-middleware.ts";
import { on } from "../../../mixins/bus/bus.ts";
import type { Collection } from "../../../mixins/collection/collection.ts";
import { sqliteStore } from "../../../mixins/collection/sqlite-store.ts";
import { facts } from "../../../mixins/facts.ts";
import { countersDefinition, countingBus, Happened, SEALED, type Counter } from "./counters.ts";

const [url = "", cluster = "", directory = ""] = process.argv.slice(2);
const store = sqliteStore({ directory });

function countingService(): ServiceSchema {
  let counters: Collection<Counter>;
  const count = on(Happened, async ({ counterId }, factId) => {
    if (counterId === SEALED && (await counters.get(SEALED))) throw new Error("The counter is sealed");
    await counters.increment(counterId, { times: 1 }, factId);
  });
  return {
    name: "counting",
    mixins: [facts({ subscriptions: [count] })],
    async started() {
      counters = await store.open(countersDefinition);
    },
  };
}

const broker = new ServiceBroker({
  nodeID: `counting-${process.pid}`,
  logger: false,
  middlewares: [busMiddleware(() => countingBus(url, cluster, `counting-${process.pid}`))],
});
broker.createService(countingService());
await broker.start();
process.stdout.write("ready\n");
