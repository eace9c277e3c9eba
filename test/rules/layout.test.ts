import path from "node:path";
import { isProduct, sourceTree, type SourceFile } from "./source-tree.ts";

const tree = sourceTree();

/** Lines that a file of its kind should not exceed; the first pattern that fits counts. Guidance, not law. */
const SIZES: [RegExp, number][] = [
  [/^test\/.*\.ts$/, 200],
  [/\.service\.ts$/, 120],
  [/\.contract\.ts$/, 120],
  [/\.store\.ts$/, 150],
  [/^mixins\/[^/]+\.ts$/, 80],
  [/^mixins\/.*\.ts$/, 150],
  [/^services\/.*\.ts$/, 120],
];
const FILES_IN_A_FOLDER = 9;

test("every noun has an owner: no folder or file for things that belong nowhere", () => {
  const homeless = tree.filter((file) => file.path.split("/").some(isHomeless)).map((file) => file.path);
  expect(homeless).toEqual([]);
  expect(["utils", "helpers.ts", "common", "types.ts", "misc.test.ts"].every(isHomeless)).toBe(true);
  expect(["typesetting.ts", "contract.types.ts", "commons-gate"].some(isHomeless)).toBe(false);
});

const isHomeless = (part: string) => /^(utils?|common|types|helpers?|misc|shared|lib)(\.(test\.)?ts)?$/.test(part);

test("the environment is read in one place", () => {
  const readers = tree.filter((file) => isProduct(file.path) && readsEnvironment(file)).map((file) => file.path);
  expect(readers).toEqual(["moleculer.config.ts"]);
});

const readsEnvironment = ({ text }: Pick<SourceFile, "text">) =>
  /\bprocess\s*\.\s*env\b|\{[^}]*\benv\b[^}]*\}\s*=\s*process\b|import\s*\{[^}]*\benv\b[^}]*\}\s*from\s*["']node:process/.test(
    text,
  );

test("reading it another way would be noticed", () => {
  const ways = ["process.env.PORT", "const { env } = process;", `import { env } from "node:process";`];
  expect(ways.every((text) => readsEnvironment({ text }))).toBe(true);
});

test("services keep their files flat or in folders, no deeper: domain/ and adapters/, or one for each part", () => {
  const stray = tree
    .filter((file) => /^services\//.test(file.path) && !/^services\/[^/]+\/([^/]+\/)?[^/]+$/.test(file.path))
    .map((file) => file.path);
  expect(stray).toEqual([]);
});

test("tests stand where the tested file stands", () => {
  const sources = new Set(tree.map((file) => path.dirname(file.path)));
  const lost = tree
    .filter((file) => /^test\/services\/.*\.test\.ts$/.test(file.path))
    .filter((file) => !sources.has(path.dirname(file.path).replace("test/", "")))
    .map((file) => file.path);
  expect(lost).toEqual([]);
});

test("nothing speaks of the place where it was built", () => {
  const telltale = /\bshared\/(data|[A-Z]+\.md)|(?<![\w.])\/work\b/;
  const telling = tree.filter((file) => !/^test\/rules\//.test(file.path) && telltale.test(file.text));
  expect(telling.map((file) => file.path)).toEqual([]);
  expect([telltale.test("see ../shared/API.md"), telltale.test("cd /work/main")]).toEqual([true, true]);
  expect(telltale.test(".github/workflows and https://example.com/worker")).toBe(false);
});

describe("the image", () => {
  const textOf = (name: string) => tree.find((file) => file.path === name)!.text;
  const image = textOf("Dockerfile");

  test("runs what npm start runs", () => {
    const { scripts } = JSON.parse(textOf("package.json")) as { scripts: { start: string } };
    const command = JSON.parse(/^CMD (\[.*\])$/m.exec(image)![1]!) as string[];
    expect(command.join(" ")).toBe(scripts.start);
  });

  test("takes in what the product is made of, and neither tests nor data", () => {
    const [everything, ...taken] = textOf(".dockerignore")
      .split("\n")
      .filter((line) => /^[^#]/.test(line));
    const parts = new Set(tree.filter((file) => isProduct(file.path)).map((file) => file.path.split("/")[0]!));
    expect(everything).toBe("*");
    expect(taken.map((line) => line.replace("!", "")).sort()).toEqual(
      [...parts, "package.json", "package-lock.json", ".npmrc"].sort(),
    );
  });

  test("does not run as root", () => {
    expect(image.split(/^FROM /m).at(-1)).toMatch(/^USER node$/m);
  });
});

test("what has grown large is printed", () => {
  const long = tree.flatMap((file) => {
    const most = SIZES.find(([kind]) => kind.test(file.path))?.[1];
    const lines = file.text.split("\n").length - 1;
    return most && lines > most ? [`${file.path}: ${lines} lines, ${most} advised`] : [];
  });
  const folders = Map.groupBy(
    tree.filter((file) => file.path.startsWith("services/")),
    (file) => path.dirname(file.path),
  );
  const full = [...folders]
    .filter(([, files]) => files.length > FILES_IN_A_FOLDER)
    .map(([folder, files]) => `${folder}: ${files.length} files, ${FILES_IN_A_FOLDER} advised`);
  const notes = [...long, ...full];
  if (notes.length > 0) process.stdout.write(`Larger than advised:\n  ${notes.join("\n  ")}\n`);
  expect(tree.some((file) => file.path.startsWith("services/"))).toBe(true);
});
