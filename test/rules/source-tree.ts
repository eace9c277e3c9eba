import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";

export const ROOT = path.resolve(__dirname, "../..");
/** Not ours to judge: what others wrote, what programs wrote, and the builders' own entry. */
const SKIPPED = new Set(["node_modules", ".git", ".ci", "data", "coverage", "peers", "car-price"]);
const TEXT = /(\.(ts|cjs|mjs|js|json|md|ya?ml|sh|svg|html|css)|\/(Dockerfile|\.dockerignore|\.gitignore|\.npmrc))$/;

/** A file as the rules see it; `path` and imports of our own files are relative to the repository. */
export interface SourceFile {
  path: string;
  text: string;
  imports: string[];
}

/** Every text file of the repository. */
export function sourceTree(): SourceFile[] {
  return textFiles(ROOT).map((file) => sourceFile(path.relative(ROOT, file), readFileSync(file, "utf8")));
}

/**
 * Imports, exports from, dynamic imports and types alike. A package is `npm:` and its name, without the path inside
 * it; Node's own modules are `node:`.
 */
export function sourceFile(at: string, text: string): SourceFile {
  const found = at.endsWith(".ts") ? ts.preProcessFile(text, true, true).importedFiles : [];
  return { path: at, text, imports: found.map(({ fileName }) => resolved(at, fileName)) };
}

function resolved(from: string, specifier: string): string {
  if (specifier.startsWith(".")) return path.posix.join(path.posix.dirname(from), specifier);
  if (specifier.startsWith("node:")) return specifier;
  const name = specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1);
  return `npm:${name.join("/")}`;
}

function textFiles(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => !SKIPPED.has(entry.name))
    .flatMap((entry) => {
      const full = path.join(directory, entry.name);
      if (entry.isDirectory()) return textFiles(full);
      return entry.isFile() && TEXT.test(full) ? [full] : [];
    });
}

/** The packages that the product may use, and those that only tests and tools may, as imports name them. */
export function packages(): { product: Set<string>; tools: Set<string> } {
  const named = (list: object) => new Set(Object.keys(list).map((name) => `npm:${name}`));
  const { dependencies, devDependencies } = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
    devDependencies: Record<string, string>;
  };
  return { product: named(dependencies), tools: named(devDependencies) };
}

/** The contract files of all services, loaded: path → what they export. */
export async function contractModules(): Promise<Map<string, Record<string, unknown>>> {
  const files = sourceTree().filter(({ path: at }) => isContract(at) && existsSync(path.join(ROOT, at)));
  const loaded = files.map(async ({ path: at }) => [at, (await import(path.join(ROOT, at))) as object] as const);
  return new Map(await Promise.all(loaded)) as Map<string, Record<string, unknown>>;
}

export const isContract = (at: string) => /^services\/[^/]+\/([^/]+\/)?[^/]+\.contract\.ts$/.test(at);
export const serviceOf = (at: string) => /^services\/([^/]+)\//.exec(at)?.[1];
/** Whether the product runs on it, as opposed to tests and benches. */
export const isProduct = (at: string) =>
  at.endsWith(".ts") && (/^(services|mixins|models|scripts)\//.test(at) || at === "moleculer.config.ts");
