import type { ServiceBroker } from "moleculer";
import { LastInstance, Operator } from "../../mixins/drain.ts";
import { Refusal } from "../import/refusal.ts";
import { say, type Command } from "./command.ts";

export const drain: Command = {
  command: "drain <node>",
  description: "Takes a process out of the cluster once it has finished its work; it stays up idle",
  options: [
    { option: "--stop", description: "the process ends afterwards, with exit code 0" },
    { option: "--force", description: "even if it is the last that runs a service" },
  ],
  async run(broker, { node, options }) {
    const nodeID = await knownNode(broker, String(node));
    const stop = options.stop === true;
    say(`  Draining ${nodeID} …`);
    try {
      const { services } = await Operator.drain(broker, { stop, force: options.force === true }, { nodeID });
      const gone = services.length > 0 ? services.join(", ") : "no services";
      say(`  ${nodeID} has finished its work (${gone}) and ${stop ? "ends" : "stays up idle"}`);
    } catch (error) {
      if (!LastInstance.is(error)) throw error;
      const last = (error as { data: { services: string[] } }).data.services.join(", ");
      throw new Refusal(`${nodeID} is the last that runs ${last}. --force drains it all the same`);
    }
  },
};

async function knownNode(broker: ServiceBroker, name: string): Promise<string> {
  const nodes = (await broker.call("$node.list", { onlyAvailable: true })) as { id: string }[];
  const ids = nodes.map(({ id }) => id);
  if (ids.includes(name)) return name;
  throw new Refusal(`There is no process ${name} in the cluster. There are: ${ids.join(", ")}`);
}
