import type { REPLServer } from "node:repl";
import { createRequire } from "node:module";
import type { ServiceBroker } from "moleculer";
import { customCommands, type Command } from "./command.ts";
import { noteFailures } from "./failed-lines.ts";

type OpenRepl = (broker: ServiceBroker, options: { delimiter: string; customCommands: unknown[] }) => REPLServer;
const openRepl = createRequire(import.meta.url)("moleculer-repl") as OpenRepl;

export interface Session {
  /** How the prompt calls the place. */
  place: string;
  commands: readonly Command[];
  /** Ends the session's broker, and with it the process. */
  end: () => Promise<void>;
}

/**
 * Reads commands from standard input. On a terminal it prompts; else it runs the lines one after the other, so that a
 * script may pipe them in, and ends after the last one, with exit code 1 if one of them failed. Lines that are empty or
 * start with # are remarks there.
 */
export function openSession(broker: ServiceBroker, { place, commands, end }: Session): void {
  const interactive = process.stdin.isTTY;
  let hasFailed = false;
  const onFailure = () => void (hasFailed = true);
  // At the very end, because moleculer-repl's own "quit" says 0.
  if (!interactive) process.once("exit", () => hasFailed && (process.exitCode = 1));
  noteFailures({ readsScript: !interactive, onFailure });
  const repl = openRepl(broker, {
    delimiter: interactive ? `${place} $` : " ",
    customCommands: customCommands(commands, onFailure),
  });
  // moleculer-repl ends the process as soon as the input ends, whatever still runs.
  repl.removeAllListeners("exit");
  const finished = interactive ? Promise.resolve.bind(Promise) : oneByOne(repl);
  repl.on("exit", () => void finished().then(end));
}

/** Node's REPL does not wait for a line's work before it takes the next; answers when all that came has been done. */
function oneByOne(repl: REPLServer): () => Promise<void> {
  let last = Promise.resolve();
  repl.removeAllListeners("line");
  repl.on("line", (line: string) => {
    if (/^\s*(#|$)/.test(line)) return;
    last = last.then(() => new Promise((done) => repl.eval(`${line}\n`, repl.context, "stdin", () => done())));
  });
  return () => last;
}
