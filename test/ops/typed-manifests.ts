import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { z } from "zod";
import { ROOT } from "../rules/source-tree.ts";
import type { Manifest } from "./kustomize.ts";

const metadata = z.strictObject({
  name: z.string(),
  namespace: z.string().optional(),
  labels: z.record(z.string(), z.string()).optional(),
});
const labels = z.strictObject({ matchLabels: z.record(z.string(), z.string()) });

/** What of other people's resources we use, as their documentation says it; no package has their types. */
const CUSTOM: Record<string, z.ZodType> = {
  "keda.sh/v1alpha1 ScaledObject": z.strictObject({
    minReplicaCount: z.int().min(0),
    maxReplicaCount: z.int().min(1),
    pollingInterval: z.int(),
    cooldownPeriod: z.int(),
    scaleTargetRef: z.strictObject({ name: z.string() }),
    fallback: z.strictObject({ failureThreshold: z.int(), replicas: z.int() }),
    triggers: z.array(
      z.discriminatedUnion("type", [
        z.strictObject({
          type: z.literal("cpu"),
          metricType: z.enum(["Utilization", "AverageValue"]),
          metadata: z.strictObject({ value: z.string().regex(/^\d+$/) }),
        }),
        z.strictObject({
          type: z.literal("nats-jetstream"),
          metadata: z.strictObject({
            natsServerMonitoringEndpoint: z.string().regex(/^[\w.-]+:\d+$/),
            account: z.string(),
            stream: z.string(),
            consumer: z.string(),
            lagThreshold: z.string().regex(/^\d+$/),
          }),
        }),
      ]),
    ),
  }),
  "monitoring.coreos.com/v1 PrometheusRule": z.strictObject({
    groups: z.array(
      z.strictObject({
        name: z.string(),
        rules: z.array(
          z.strictObject({
            alert: z.string(),
            expr: z.string(),
            for: z.string().regex(/^\d+[smh]$/),
            labels: z.record(z.string(), z.string()),
            annotations: z.record(z.string(), z.string()),
          }),
        ),
      }),
    ),
  }),
  "monitoring.coreos.com/v1 PodMonitor": z.strictObject({
    jobLabel: z.string(),
    selector: labels,
    podMetricsEndpoints: z.array(
      z.strictObject({
        port: z.string(),
        interval: z.string().regex(/^\d+s$/),
        relabelings: z.array(z.strictObject({ sourceLabels: z.array(z.string()), targetLabel: z.string() })),
      }),
    ),
  }),
};

/**
 * What is wrong with the types and field names of objects, object by object, found by one run of the compiler over all.
 * A field that Kubernetes does not know is a fault: it would be passed over, or the object refused, when it is too late.
 */
export async function typeFaults(manifests: readonly Manifest[]): Promise<string[][]> {
  const unknown = compilerFaults(manifests.map((manifest) => (customOf(manifest) ? "" : typed(manifest))));
  const wrong = await Promise.all(manifests.map(async (manifest) => (customOf(manifest) ? [] : modelFaults(manifest))));
  return manifests.map((manifest, index) => {
    const custom = customOf(manifest);
    if (!custom) return [...unknown[index]!, ...wrong[index]!];
    const whole = z.strictObject({ apiVersion: z.string(), kind: z.string(), metadata, spec: custom });
    return whole.safeParse(manifest).error?.issues.map(({ path: at, message }) => `${at.join(".")}: ${message}`) ?? [];
  });
}

const customOf = ({ apiVersion, kind }: Manifest) => CUSTOM[`${apiVersion} ${kind}`];
/** Groups below k8s.io have folders of their full names. */
const folderOf = ({ apiVersion }: Manifest) => `kubernetes-models/${apiVersion}`;

const typed = (manifest: Manifest) =>
  `import type { I${manifest.kind} } from "${folderOf(manifest)}";\n` +
  `export const manifest: I${manifest.kind} = ${JSON.stringify(manifest, null, 1)};\n`;

async function modelFaults(manifest: Manifest): Promise<string[]> {
  const models = (await import(folderOf(manifest))) as Record<string, new (object: Manifest) => { validate(): void }>;
  const Model = models[manifest.kind];
  if (!Model) return [`no kind ${manifest.kind} in ${manifest.apiVersion}`];
  try {
    new Model(manifest).validate();
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}

const OPTIONS = {
  noEmit: true,
  strict: true,
  skipLibCheck: true,
  target: "es2024",
  module: "nodenext",
  moduleResolution: "nodenext",
  types: [],
};

function compilerFaults(sources: readonly string[]): string[][] {
  const directory = mkdtempSync(path.join(tmpdir(), "hallabong-manifests-"));
  try {
    symlinkSync(path.join(ROOT, "node_modules"), path.join(directory, "node_modules"));
    writeFileSync(path.join(directory, "package.json"), `{ "type": "module" }`);
    sources.forEach((text, index) => writeFileSync(path.join(directory, `${index}.ts`), text || "export {};\n"));
    writeFileSync(
      path.join(directory, "tsconfig.json"),
      JSON.stringify({ compilerOptions: OPTIONS, include: ["*.ts"] }),
    );
    const compiler = path.join(ROOT, "node_modules/typescript/bin/tsc");
    const run = spawnSync(process.execPath, [compiler], { cwd: directory });
    const lines = [...run.stdout.toString().matchAll(/^(\d+)\.ts\(\d+,\d+\): (.*)$/gm)];
    if (run.status !== 0 && lines.length === 0) throw new Error(run.stdout.toString() + run.stderr.toString());
    return sources.map((_, index) => lines.filter(([, file]) => Number(file) === index).map(([, , fault]) => fault!));
  } finally {
    rmSync(directory, { recursive: true });
  }
}
