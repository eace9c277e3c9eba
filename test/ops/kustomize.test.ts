import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseAllDocuments } from "yaml";
import { ROOT } from "../rules/source-tree.ts";
import { build, type Manifest } from "./kustomize.ts";

const K8S = path.join(ROOT, "k8s");
const OVERLAYS = readdirSync(path.join(K8S, "overlays"));

/** Made by hand or by the operator, never applied. */
const EXAMPLES = ["base/secret.example.yaml"];

test("every file below k8s/ is used by an overlay", () => {
  const used = new Set<string>();
  for (const overlay of OVERLAYS) {
    build(path.join(K8S, "overlays", overlay), (file) => {
      used.add(path.relative(K8S, file));
      return readFileSync(file, "utf8");
    });
  }
  const files = readdirSync(K8S, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(K8S, path.join(entry.parentPath, entry.name)));
  expect(files.filter((file) => !EXAMPLES.includes(file)).sort()).toEqual([...used].sort());
});

describe("a kustomization is refused", () => {
  const directory = mkdtempSync(path.join(tmpdir(), "hallabong-"));
  afterAll(() => rmSync(directory, { recursive: true }));

  test.each([
    ["that asks for what we do not read", "commonAnnotations: { a: b }", "commonAnnotations"],
    ["that names a file that is not there", "resources: [gone.yaml]", "ENOENT"],
    ["that patches nothing", "patches: [{ patch: '{ kind: Service, metadata: { name: x } }' }]", "Nothing to patch"],
    ["that merges into nothing", "configMapGenerator: [{ name: x, behavior: merge }]", "ConfigMap x"],
  ])("%s", (_title, line, complaint) => {
    mkdirSync(directory, { recursive: true });
    const head = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n";
    writeFileSync(path.join(directory, "kustomization.yaml"), head + line);
    expect(() => build(directory)).toThrow(complaint);
  });
});

const hasKubectl = (process.env.PATH ?? "").split(":").some((folder) => existsSync(path.join(folder, "kubectl")));

if (hasKubectl) {
  test.each(OVERLAYS)("%s is what kubectl makes of it", (overlay) => {
    const directory = path.join(K8S, "overlays", overlay);
    const text = execFileSync("kubectl", ["kustomize", directory], { encoding: "utf8" });
    expect(ordered(build(directory))).toEqual(ordered(withoutHashes(text)));
  });
} else {
  test.skip("overlays compared with kubectl: skipped: no kubectl", () => undefined);
}

/** kubectl puts a hash of their content behind the names of generated ConfigMaps. */
function withoutHashes(text: string): Manifest[] {
  const hashed = [...text.matchAll(/^kind: ConfigMap\nmetadata:(?:\n .*)*?\n  name: ((.+)-[a-z0-9]{10})$/gm)];
  const plain = hashed.reduce((all, [, name, own]) => all.replaceAll(name!, own!), text);
  return parseAllDocuments(plain).map((document) => document.toJS() as Manifest);
}

/** In one order of objects, fields and named items. */
const ordered = (manifests: Manifest[]) =>
  manifests.sort((a, b) => idOf(a).localeCompare(idOf(b))).map((manifest) => [idOf(manifest), named(manifest)]);
const idOf = ({ kind, metadata }: Manifest) => `${kind} ${metadata.namespace ?? ""}/${metadata.name}`;

function named(value: unknown): unknown {
  if (Array.isArray(value)) {
    const isNamed = value.every((item) => typeof item === "object" && item !== null && "name" in item);
    const items = isNamed ? value.toSorted((a, b) => String(a.name).localeCompare(String(b.name))) : value;
    return items.map(named);
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, named(field)]));
}
