import type { InputFault } from "../../../mixins/failure.ts";

const DEEPEST = 40;
const MOST_FAULTS = 100;
const RESERVED = new Set(["__proto__", "constructor", "prototype"]);

/**
 * Faults that no schema looks for: keys that reach into JavaScript's prototypes, NUL characters, half characters
 * (lone surrogates) and nesting beyond any use. Each is named by its path. Answers at most 100 faults.
 */
export function textFaults(value: unknown, path: readonly (string | number)[] = []): InputFault[] {
  const faults: InputFault[] = [];
  visit(value, path, faults);
  return faults;
}

function visit(value: unknown, path: readonly (string | number)[], faults: InputFault[]): void {
  if (faults.length >= MOST_FAULTS) return;
  if (typeof value === "string") {
    const message = stringFault(value);
    if (message) faults.push({ path: printable(path), message });
  } else if (typeof value === "object" && value !== null) {
    if (path.length > DEEPEST) return void faults.push({ path: printable(path), message: "Nested too deeply" });
    for (const key of Object.keys(value)) {
      const message = RESERVED.has(key) ? "This name is reserved" : stringFault(key);
      if (message) faults.push({ path: printable([...path, key]), message });
      else visit((value as Record<string, unknown>)[key], [...path, Array.isArray(value) ? Number(key) : key], faults);
    }
  }
}

/** What is wrong with the characters of a text, if anything. */
function stringFault(text: string): string | undefined {
  if (text.includes("\0")) return "NUL characters are not accepted";
  return text.isWellFormed() ? undefined : "Half a character (a lone surrogate) is not accepted";
}

/** A path fit for an answer, whatever stands in its names. */
export const readable = (path: string) => path.toWellFormed().replaceAll("\0", "\\0");
const printable = (path: readonly (string | number)[]) => readable(path.join("."));
