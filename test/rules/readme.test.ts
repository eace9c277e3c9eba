import { readFileSync } from "node:fs";
import path from "node:path";
import { markedPart, readmeTables } from "../../scripts/readme-tables.ts";

const readme = readFileSync(path.join(import.meta.dirname, "../../README.md"), "utf8");
/** Layout is prettier's; what counts are the words. */
const words = (text: string) => text.replaceAll(/[\s|:-]+/g, " ").trim();

test.each(Object.entries(readmeTables()))("the README's table of %s is what `npm run docs` writes", (name, table) => {
  expect(words(markedPart(name).exec(readme)?.[1] ?? "")).toBe(words(table));
});

test("every script that the README names exists", () => {
  const { scripts } = JSON.parse(readFileSync(path.join(import.meta.dirname, "../../package.json"), "utf8"));
  const named = [...readme.matchAll(/npm run ([a-z][\w:-]*)/g)].map((match) => match[1]!);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});
