import { ServiceBroker } from "moleculer";
import { jsonLines, standard } from "../mixins/logs/log-lines.ts";
import { within } from "../mixins/within.ts";
import { config, operator } from "../moleculer.config.ts";
import { deadLetters } from "./repl/dead-letters.ts";
import { drain } from "./repl/drain.ts";
import { health, lag } from "./repl/health.ts";
import { audit, reindex } from "./repl/search.ts";
import { openSession } from "./repl/session.ts";

const JOIN_MS = 15_000;

const options = await operator();
/** In a cluster a guest without services; else the whole product with a prompt. */
const joins = config().natsUrl !== undefined;
const interactive = process.stdin.isTTY;
// What a script reads is the answers; the log goes beside them.
const broker = new ServiceBroker(
  interactive
    ? options
    : { ...options, started: () => {}, logger: jsonLines({ level: config().logLevel, to: standard(2) }) },
);
try {
  const started = broker.start();
  await (joins ? within(JOIN_MS, started) : started);
} catch (error) {
  const where = new URL(config().natsUrl ?? "nats://here").host;
  process.stderr.write(`Could not join ${config().cluster} at ${where}: ${(error as Error).message}\n`);
  process.exit(1);
}
if (joins) process.stderr.write(`${greeting()}\n`);
openSession(broker, {
  place: config().cluster,
  commands: [health, lag, reindex, audit, deadLetters, drain],
  end: () => broker.stop(),
});

function greeting(): string {
  const nodes = broker.registry.getNodeList({ onlyAvailable: true, withServices: false });
  const others = nodes.filter((node) => !(node as unknown as { local: boolean }).local).length;
  return `Joined ${config().cluster} as ${broker.nodeID}: ${others} other processes. "help" lists the commands, "health" looks round, "quit" leaves.`;
}
