import { randomBytes } from "node:crypto";
import { existsSync, linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";
import path from "node:path";

/**
 * A secret that the first process to ask makes and every later one on the same directory finds (256 bits, base64url). The
 * file appears with its content in one step, so that nobody reads it half written.
 */
export function keptSecret(directory: string, name: string): string {
  const file = path.join(directory, name);
  if (!existsSync(file)) {
    const draft = `${file}.${process.pid}`;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    writeFileSync(draft, randomBytes(32).toString("base64url"), { mode: 0o600 });
    try {
      linkSync(draft, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    } finally {
      unlinkSync(draft);
    }
  }
  return readFileSync(file, "utf8");
}
