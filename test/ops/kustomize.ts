import { readFileSync } from "node:fs";
import path from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { z } from "zod";

/** A Kubernetes object as its YAML says it. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
  // Rules read manifests by name; their types are the compiler's to check (typed-manifests.ts).
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  [field: string]: any;
}
type Read = (file: string) => string;

/** What of kustomize our files use; anything else is refused, so that nothing is passed over in silence. */
const Kustomization = z.strictObject({
  apiVersion: z.string(),
  kind: z.enum(["Kustomization", "Component"]),
  namespace: z.string().optional(),
  nameSuffix: z.string().default(""),
  resources: z.array(z.string()).default([]),
  components: z.array(z.string()).default([]),
  labels: z
    .array(
      z.strictObject({
        pairs: z.record(z.string(), z.string()),
        includeSelectors: z.boolean().default(false),
        includeTemplates: z.boolean().default(false),
      }),
    )
    .default([]),
  images: z
    .array(z.strictObject({ name: z.string(), newName: z.string().optional(), newTag: z.string().regex(/./) }))
    .default([]),
  replicas: z.array(z.strictObject({ name: z.string(), count: z.int() })).default([]),
  configMapGenerator: z
    .array(
      z.strictObject({
        name: z.string(),
        behavior: z.enum(["create", "merge", "replace"]).default("create"),
        literals: z.array(z.string()).default([]),
        files: z.array(z.string()).default([]),
      }),
    )
    .default([]),
  patches: z
    .array(z.strictObject({ target: z.strictObject({ kind: z.string() }).optional(), patch: z.string() }))
    .default([]),
});
type Kustomization = z.infer<typeof Kustomization>;

/**
 * What `kubectl kustomize` makes of a directory, without the hashes in the names of generated ConfigMaps. `read` may be
 * given to see which files are used.
 */
export const build = (directory: string, read: Read = (file) => readFileSync(file, "utf8")): Manifest[] =>
  accumulated(directory, [], read);

function accumulated(directory: string, above: Manifest[], read: Read): Manifest[] {
  const at = (name: string) => path.join(directory, name);
  const k = Kustomization.parse(parse(read(at("kustomization.yaml"))));
  const own = k.resources.flatMap((name) =>
    name.endsWith(".yaml") ? documents(read(at(name))) : accumulated(at(name), [], read),
  );
  const all = k.components.reduce((list, name) => accumulated(at(name), list, read), [...above, ...own]);
  const generated = k.configMapGenerator.reduce((list, map) => withConfigMap(list, map, (name) => read(at(name))), all);
  const patched = k.patches.reduce(withPatch, generated);
  for (const manifest of patched) place(manifest, k);
  renameAll(patched, k.nameSuffix);
  for (const manifest of patched) finish(manifest, k);
  return patched;
}

const documents = (text: string) => parseAllDocuments(text).map((document) => document.toJS() as Manifest);

function withConfigMap(list: Manifest[], map: Kustomization["configMapGenerator"][number], read: Read): Manifest[] {
  const literals = map.literals.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]);
  const data = Object.fromEntries([...literals, ...map.files.map((name) => [name, read(name)])]) as object;
  const there = list.find(({ kind, metadata }) => kind === "ConfigMap" && metadata.name === map.name);
  if ((there !== undefined) === (map.behavior === "create")) throw new Error(`ConfigMap ${map.name}: ${map.behavior}`);
  if (!there) return [...list, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: map.name }, data }];
  there.data = map.behavior === "merge" ? { ...there.data, ...data } : data;
  return list;
}

function withPatch(list: Manifest[], { target, patch: text }: Kustomization["patches"][number]): Manifest[] {
  const { $patch, ...patch } = parse(text) as Manifest & { $patch?: "delete" };
  const isMeant = ({ kind, metadata }: Manifest) =>
    target ? kind === target.kind : kind === patch.kind && metadata.name === patch.metadata.name;
  if (!list.some(isMeant)) throw new Error(`Nothing to patch: ${text}`);
  if ($patch === "delete") return list.filter((manifest) => !isMeant(manifest));
  const changes = { ...patch, metadata: { ...patch.metadata, name: undefined } };
  return list.map((manifest) => (isMeant(manifest) ? (merged(manifest, changes) as Manifest) : manifest));
}

/** By what lists are merged; others are replaced. */
const KEYS: Record<string, string> = { containers: "name", env: "name", ports: "containerPort", volumes: "name" };
type Fields = Record<string, unknown>;
const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function merged(target: unknown, patch: unknown, field = ""): unknown {
  if (patch === undefined) return target;
  if (isFields(target) && isFields(patch)) {
    const changed = Object.entries(patch).map(([name, value]) => [name, merged(target[name], value, name)]);
    return { ...target, ...(Object.fromEntries(changed) as Fields) };
  }
  const key = KEYS[field];
  if (!key || !Array.isArray(target) || !Array.isArray(patch)) return patch;
  const [there, given] = [target as Fields[], patch as Fields[]];
  const fresh = given.filter((item) => !there.some((old) => old[key] === item[key]));
  return [
    ...there.map((old) =>
      merged(
        old,
        given.find((item) => item[key] === old[key]),
      ),
    ),
    ...fresh,
  ];
}

const CLUSTER_WIDE = new Set(["Namespace"]);

function place(manifest: Manifest, { namespace }: Kustomization): void {
  if (!namespace) return;
  if (manifest.kind === "Namespace") manifest.metadata.name = namespace;
  if (!CLUSTER_WIDE.has(manifest.kind)) manifest.metadata.namespace = namespace;
}

/** Adds the suffix to names and to what refers to them. */
function renameAll(list: Manifest[], suffix: string): void {
  const isOurs = (kind: string, name: string) => list.some((m) => m.kind === kind && m.metadata.name === name);
  for (const { kind, spec } of list) {
    const target = spec?.scaleTargetRef;
    if (kind === "HorizontalPodAutoscaler" && isOurs(target.kind, target.name)) target.name += suffix;
    for (const { http } of kind === "Ingress" ? spec.rules : [])
      for (const { backend } of http.paths) if (isOurs("Service", backend.service.name)) backend.service.name += suffix;
  }
  for (const { metadata } of list) metadata.name += suffix;
}

function finish(manifest: Manifest, k: Kustomization): void {
  for (const { pairs, includeSelectors, includeTemplates } of k.labels) {
    manifest.metadata.labels = { ...manifest.metadata.labels, ...pairs };
    const templates = [manifest.spec?.template, ...(manifest.spec?.volumeClaimTemplates ?? [])].filter(Boolean);
    if (includeSelectors || includeTemplates)
      for (const { metadata } of templates) metadata.labels = { ...metadata.labels, ...pairs };
    if (includeSelectors) select(manifest, pairs);
  }
  for (const { name, count } of k.replicas)
    if (manifest.metadata.name === name && manifest.spec?.template) manifest.spec.replicas = count;
  for (const container of manifest.spec?.template?.spec?.containers ?? [])
    for (const { name, newName = name, newTag } of k.images)
      if (container.image === name) container.image = `${newName}:${newTag}`;
}

function select({ kind, spec }: Manifest, pairs: Record<string, string>): void {
  if (kind === "Service") Object.assign(spec.selector, pairs);
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    if (isFields(value) && isFields(value.matchLabels)) Object.assign(value.matchLabels, pairs);
    Object.values(value).forEach(visit);
  };
  visit(spec);
}
