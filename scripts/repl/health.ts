import type { ServiceBroker } from "moleculer";
import { Gateway } from "../../services/gateway/gateway.contract.ts";
import { columns, say, type Command } from "./command.ts";
import { letterCount } from "./dead-letters.ts";

/** A node as Moleculer's registry knows it. */
interface NodeEntry {
  id: string;
  available: boolean;
  services: { name: string }[];
}

export const health: Command = {
  command: "health",
  description: "Nodes, services with their instances, what they stand on, facts that wait, dead letters",
  async run(broker) {
    const nodes = await othersOf(broker);
    const [dependencies, waiting, letters] = await Promise.all([
      askGateway(broker),
      factsWaiting(broker),
      letterCount(broker),
    ]);
    const services = instances(nodes);
    say(`\n${count(nodes.length, "process", "processes")}, ${count(services.size, "service", "services")}\n`);
    say(columns([["NODE", "SERVICES"], ...nodes.map(nodeRow)]));
    say(`\n${columns([["SERVICE", "INSTANCES", "NODES"], ...[...services].map(serviceRow)])}`);
    say(`\n${dependencies}`);
    say(`\n${waiting}`);
    say(`\nDead letters: ${letters}\n`);
  },
};

export const lag: Command = {
  command: "lag",
  description: "How many facts each subscriber has still to apply",
  run: async (broker) => say(`\n${await factsWaiting(broker)}\n`),
};

const count = (many: number, one: string, more: string) => `${many} ${many === 1 ? one : more}`;

/** The processes of the cluster, but not the operators' own. */
async function othersOf(broker: ServiceBroker): Promise<NodeEntry[]> {
  const nodes = (await broker.call("$node.list", { withServices: true })) as NodeEntry[];
  return nodes.filter(({ id }) => !id.startsWith("operator-")).sort((one, other) => one.id.localeCompare(other.id));
}

const namesOf = ({ services }: NodeEntry) => services.map(({ name }) => name).filter((name) => !name.startsWith("$"));

function nodeRow(node: NodeEntry) {
  const names = namesOf(node).sort().join(", ") || "none: drained";
  return [node.id, node.available ? names : "gone"];
}

function instances(nodes: readonly NodeEntry[]): Map<string, string[]> {
  const pairs = nodes
    .filter(({ available }) => available)
    .flatMap((node) => namesOf(node).map((name) => [name, node.id] as const));
  const byName = Map.groupBy(pairs, ([name]) => name);
  return new Map(
    [...byName].sort(([one], [other]) => one.localeCompare(other)).map(([name, at]) => [name, at.map(([, id]) => id)]),
  );
}

const serviceRow = ([name, at]: [string, string[]]) => [name, at.length, at.join(", ")];

/** What the services stand on, as a gateway sees it. */
async function askGateway(broker: ServiceBroker): Promise<string> {
  try {
    const { dependencies } = await Gateway.health(broker, {});
    const rows = dependencies.map(({ name, status, latencyMs }) => [
      name,
      status,
      latencyMs === null ? null : `${latencyMs} ms`,
    ]);
    return columns([["DEPENDENCY", "STATUS", "ROUND TRIP"], ...rows]);
  } catch (error) {
    return `  Dependencies: no gateway answers (${(error as Error).message})`;
  }
}

async function factsWaiting(broker: ServiceBroker): Promise<string> {
  const rows = (await broker.bus!.lag()).map(({ subscriber, factName, waiting }) => [subscriber, factName, waiting]);
  return rows.length === 0 ? "  Nobody subscribes to facts" : columns([["SUBSCRIBER", "FACT", "WAITING"], ...rows]);
}
