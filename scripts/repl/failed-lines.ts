import { createRequire } from "node:module";
import { format, stripVTControlCharacters } from "node:util";

interface Parser {
  parseAsync(words: readonly string[]): Promise<unknown>;
}
const ofRepl = createRequire(createRequire(import.meta.url).resolve("moleculer-repl"));
const { Command, CommanderError } = ofRepl("commander") as {
  Command: { prototype: Parser };
  CommanderError: new () => Error & { exitCode: number };
};

const STACK = /\n\s+at /;

/**
 * Learns of what moleculer-repl keeps to itself: lines that its parser does not understand, and commands of its own that
 * fail, which only print. In a script neither stacks nor colours are wanted.
 */
export function noteFailures({ readsScript, onFailure }: { readsScript: boolean; onFailure: () => void }): void {
  const { parseAsync } = Command.prototype;
  Command.prototype.parseAsync = async function (words) {
    try {
      return await parseAsync.call(this, words);
    } catch (error) {
      // The parser has said what is wrong; a request for help is no failure.
      if (!(error instanceof CommanderError)) process.stderr.write(`${(error as Error).message}\n`);
      if (!(error instanceof CommanderError) || error.exitCode !== 0) onFailure();
      return this;
    }
  };
  if (!readsScript) return;
  console.error = console.warn = (...parts: unknown[]) => {
    onFailure();
    const [text] = stripVTControlCharacters(format(...parts)).split(STACK);
    process.stderr.write(`${text}\n`);
  };
}
