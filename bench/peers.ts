import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const DIRECTORY = path.join(import.meta.dirname, "peers");

/**
 * A package that a bench compares with or measures by. They live in a folder of their own, which is installed (exactly
 * as locked) when the first one is asked for; the product never depends on them. `T` is what the bench uses of it.
 */
export async function peer<T>(name: string): Promise<T> {
  if (!existsSync(path.join(DIRECTORY, "node_modules"))) {
    process.stderr.write("Installing the packages that the benches compare with …\n");
    execFileSync("npm", ["ci", "--no-audit", "--no-fund", "--prefix", DIRECTORY], { stdio: ["ignore", 2, 2] });
  }
  const file = createRequire(path.join(DIRECTORY, "package.json")).resolve(name);
  const module = (await import(pathToFileURL(file).href)) as { default?: T };
  return module.default ?? (module as T);
}
