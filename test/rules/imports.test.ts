import { isContract, isProduct, packages, serviceOf, sourceFile, sourceTree, type SourceFile } from "./source-tree.ts";

const KIT = ["mixins/contract.ts", "mixins/failure.ts", "mixins/paging.ts", "mixins/personal-data.ts"];
const { product, tools } = packages();

/** A rule answers what is wrong with one import of one file, or nothing. */
type Rule = (from: string, to: string) => string | false | undefined;

const isPackage = (to: string) => to.startsWith("npm:");
/** Runs while developing, never in the product. */
const isTool = (from: string) => /^scripts\/(write-docs|cluster-monitoring)\.ts$/.test(from);

const rules: Rule[] = [
  (from, to) =>
    serviceOf(from) &&
    serviceOf(to) &&
    serviceOf(from) !== serviceOf(to) &&
    !isContract(to) &&
    "a service knows of another its contract only",
  (from, to) =>
    isContract(from) &&
    !(to === "npm:zod" || KIT.includes(to) || isContract(to)) &&
    "a contract imports zod, the contract kit and contracts only",
  (from, to) =>
    from.startsWith("mixins/") &&
    !(to.startsWith("mixins/") || to.startsWith("node:") || isPackage(to)) &&
    "mixins know nothing of the product",
  (from, to) =>
    to === "moleculer.config.ts" &&
    !/^(services\/[^/]+\/[^/]+\.service\.ts|(scripts|bench|test)\/.*)$/.test(from) &&
    "the configuration is read in the last line of a service only",
  (from, to) => isProduct(from) && /^(test|bench)\//.test(to) && "the product does not need its tests or benches",
  (from, to) => isProduct(from) && !isTool(from) && isPackage(to) && !product.has(to) && "it is not in dependencies",
  (from, to) => isPackage(to) && !(product.has(to) || tools.has(to)) && "it is not in package.json",
];

const faults = ({ path: from, imports }: SourceFile) =>
  imports.flatMap((to) =>
    rules
      .map((rule) => rule(from, to))
      .filter(Boolean)
      .map((why) => `${from} → ${to}: ${why}`),
  );

/** The first chain of contracts that leads back to where it began. */
function circle(files: readonly SourceFile[]): string[] | undefined {
  const importsOf = new Map(files.filter(({ path }) => isContract(path)).map(({ path, imports }) => [path, imports]));
  const walk = (at: string, above: readonly string[]): string[] | undefined => {
    if (above.includes(at)) return [...above.slice(above.indexOf(at)), at];
    for (const to of importsOf.get(at) ?? []) {
      const found = walk(to, [...above, at]);
      if (found) return found;
    }
    return undefined;
  };
  return [...importsOf.keys()].map((path) => walk(path, [])).find(Boolean);
}

describe("imports go in one direction", () => {
  const tree = sourceTree().filter(({ path }) => path.endsWith(".ts"));

  test("no file imports what it must not know", () => {
    expect(tree.length).toBeGreaterThan(50);
    expect(tree.flatMap(faults)).toEqual([]);
  });

  test("contracts form no circle", () => {
    expect(circle(tree)).toBeUndefined();
  });
});

describe("the rules notice", () => {
  test.each([
    ["services/search/search.service.ts", `import { x } from "../listings/listings.store.ts";`],
    ["services/search/search.service.ts", `const x = await import("../listings/listings.store.ts");`],
    ["services/search/domain/words.ts", `import type { X } from "../../listings/domain/car.ts";`],
    ["services/search/domain/words.ts", `import { config } from "../../../moleculer.config.ts";`],
    ["services/search/search.contract.ts", `import { readFileSync } from "node:fs";`],
    ["services/search/search.contract.ts", `export * from "./domain/words.ts";`],
    ["services/search/search.contract.ts", `import { answers } from "../../mixins/answer.ts";`],
    ["mixins/lease.ts", `import { Listings } from "../services/listings/listings.contract.ts";`],
    ["mixins/lease.ts", `import { config } from "../moleculer.config.ts";`],
    ["services/search/search.service.ts", `import fc from "fast-check";`],
    ["services/search/search.service.ts", `import { openWorld } from "../../test/world.ts";`],
    ["test/world.ts", `import lodash from "lodash/fp";`],
  ])("what is wrong in %s: %s", (path, text) => {
    expect(faults(sourceFile(path, text))).not.toEqual([]);
  });

  test("contracts that need each other", () => {
    const a = sourceFile("services/a/a.contract.ts", `import { B } from "../b/b.contract.ts";`);
    const b = sourceFile("services/b/b.contract.ts", `import { A } from "../a/a.contract.ts";`);
    expect(circle([a, b])).toEqual([a.path, b.path, a.path]);
  });
});
