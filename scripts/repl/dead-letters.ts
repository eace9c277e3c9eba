import type { ServiceBroker } from "moleculer";
import type { DeadLetter } from "../../mixins/bus/bus.ts";
import { Refusal } from "../import/refusal.ts";
import { say, type Command } from "./command.ts";

/** So many are read at once. */
const MOST = 1000;
const LONGEST_PAYLOAD = 400;

/** Facts that a subscriber could not apply: to look at, to give again, to throw away. */
export const deadLetters: Command = {
  command: "dead-letters [what] [id]",
  description: "list (default), replay <id>, replay --all, drop <id>: facts that a subscriber could not apply",
  options: [{ option: "--all", description: "with replay: every letter, oldest first" }],
  async run(broker, { what = "list", id, options: { all } }) {
    if (all === true && what !== "replay") throw new Refusal("--all goes with replay only");
    if (what === "list") return list(broker);
    if (what === "replay" && all === true) return replay(broker, await lettersOf(broker));
    if (what === "replay") return replay(broker, [await letter(broker, id)]);
    if (what === "drop") return drop(broker, await letter(broker, id));
    throw new Refusal(`dead-letters ${String(what)}: say list, replay or drop`);
  },
};

/** How many there are. */
export async function letterCount(broker: ServiceBroker): Promise<number> {
  const counts = await broker.bus!.deadLetters.count();
  return counts.reduce((sum, { letters }) => sum + letters, 0);
}

const lettersOf = (broker: ServiceBroker) => broker.bus!.deadLetters.list(MOST);

async function letter(broker: ServiceBroker, id: unknown): Promise<DeadLetter> {
  if (id === undefined) throw new Refusal("Name the letter by its id; dead-letters list shows them");
  const found = (await lettersOf(broker)).find((one) => one.id === String(id));
  if (!found) throw new Refusal(`There is no dead letter ${String(id)}`);
  return found;
}

async function list(broker: ServiceBroker): Promise<void> {
  const letters = await lettersOf(broker);
  say(letters.length === 0 ? "\nNo dead letters\n" : `\n${letters.map(shown).join("\n\n")}\n`);
}

function shown({ id, subscriber, fact, reason }: DeadLetter): string {
  const payload = JSON.stringify(fact.payload);
  return [
    `  ${id}`,
    `    time        ${timeOf(fact.id)}`,
    `    subscriber  ${subscriber}`,
    `    fact        ${fact.name} ${fact.id}`,
    `    reason      ${reason}`,
    `    payload     ${payload.length > LONGEST_PAYLOAD ? `${payload.slice(0, LONGEST_PAYLOAD)} …` : payload}`,
  ].join("\n");
}

/** When the fact was made: the first 48 bits of a UUIDv7 are milliseconds since 1970. Others' ids do not say. */
function timeOf(factId: string): string {
  const hex = /^([\da-f]{8})-([\da-f]{4})-7[\da-f]{3}-/i.exec(factId);
  return hex ? new Date(parseInt(hex[1]! + hex[2]!, 16)).toISOString() : "-";
}

async function replay(broker: ServiceBroker, letters: readonly DeadLetter[]): Promise<void> {
  let failed = 0;
  for (const { id, subscriber, fact } of letters) {
    try {
      await broker.bus!.deadLetters.replay(id);
      say(`  ${id}  ${subscriber} has applied ${fact.name}`);
    } catch (error) {
      failed++;
      say(`  ${id}  ${subscriber} failed again on ${fact.name}: ${(error as Error).message}`);
    }
  }
  if (failed > 0) throw new Refusal(`${failed} of ${letters.length} stay dead letters`);
}

async function drop(broker: ServiceBroker, { id, subscriber, fact }: DeadLetter): Promise<void> {
  await broker.bus!.deadLetters.drop(id);
  say(`  ${id}  dropped: ${subscriber} will not learn of ${fact.name} ${fact.id}`);
}
