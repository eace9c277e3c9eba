import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import readline from "node:readline";
import type { Readable, Writable } from "node:stream";

const PROGRAM = path.join(import.meta.dirname, "crashing-program.ts");

/** Drives one life of the crashing program and knows which writes it has answered. */
export class CrashingProcess {
  readonly answered = new Set<string>();
  readonly sent = new Set<string>();
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #outputEnded: Promise<unknown>;

  private constructor(child: ChildProcessByStdio<Writable, Readable, null>) {
    this.#child = child;
    child.stdin.on("error", () => {}); // Writing to a killed process fails, as intended.
    const lines = readline.createInterface({ input: child.stdout });
    lines.on("line", (id) => this.answered.add(id));
    this.#outputEnded = once(lines, "close");
  }

  static async start(directory: string, mode: string[] = []): Promise<CrashingProcess> {
    const args = ["--disable-warning=ExperimentalWarning", PROGRAM, directory, ...mode];
    const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
    const [ready] = await Promise.race([once(child.stdout, "data"), once(child, "exit")]);
    if (String(ready) !== "ready\n") throw new Error(`The program ended before it was ready: ${String(ready)}`);
    return new CrashingProcess(child);
  }

  get unanswered(): number {
    return this.sent.size - this.answered.size;
  }

  write(id: string): void {
    this.sent.add(id);
    this.#child.stdin.write(`${id}\n`);
  }

  /** Kills the process; resolves when every answer it had given has been read. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#outputEnded;
  }
}
