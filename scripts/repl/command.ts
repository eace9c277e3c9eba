import type { ServiceBroker } from "moleculer";
import { Refusal } from "../import/refusal.ts";

/** What an operator typed after a command's name: arguments by the names in its declaration, and options. */
export interface Typed {
  [argument: string]: unknown;
  options: Record<string, unknown>;
}

/** A command of ours. `command` declares its name and arguments as Commander reads them: `drain <node>`. */
export interface Command {
  command: string;
  description: string;
  options?: { option: string; description: string }[];
  /** Writes its answer; throws `Refusal` with a sentence for the operator. */
  run(broker: ServiceBroker, typed: Typed): Promise<void>;
}

export const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** Commands as moleculer-repl takes them; what goes wrong becomes one line on the error stream. */
export const customCommands = (commands: readonly Command[], onFailure: () => void) =>
  commands.map(({ run, ...declared }) => ({
    ...declared,
    async action(broker: ServiceBroker, typed: Typed) {
      try {
        await run(broker, typed);
      } catch (error) {
        onFailure();
        process.stderr.write(`${explained(error)}\n`);
      }
    },
  }));

function explained(error: unknown): string {
  if (error instanceof Refusal) return error.message;
  const { message, type } = error as { message?: string; type?: string };
  if (type === "SERVICE_NOT_FOUND" || type === "SERVICE_NOT_AVAILABLE") return `Nobody runs that now: ${message}`;
  return message ?? String(error);
}

/** Columns as wide as their widest cell; the first row is the heading. */
export function columns(rows: readonly (readonly (string | number | null)[])[]): string {
  const texts = rows.map((row) => row.map((cell) => (cell === null ? "-" : String(cell))));
  const widths = texts[0]!.map((_, at) => Math.max(...texts.map((row) => row[at]!.length)));
  return texts.map((row) => `  ${row.map((cell, at) => cell.padEnd(widths[at]!)).join("  ")}`.trimEnd()).join("\n");
}
