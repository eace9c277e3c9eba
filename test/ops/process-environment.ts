import { readdirSync } from "node:fs";
import path from "node:path";
import { ROOT } from "../rules/source-tree.ts";
import type { Manifest } from "./kustomize.ts";

/** The services of the product. */
export const SERVICES = readdirSync(path.join(ROOT, "services"));

/** What the process of a Deployment finds in its environment, without the Secrets. */
export function environmentOf(deployment: Manifest, all: readonly Manifest[]): Record<string, string> {
  const { metadata, spec } = deployment.spec.template;
  const [container] = spec.containers as Manifest[];
  const maps = ((container!.envFrom ?? []) as Manifest[]).map(
    ({ configMapRef }) =>
      all.find((map) => map.kind === "ConfigMap" && map.metadata.name === configMapRef?.name)?.data as object,
  );
  const own = ((container!.env ?? []) as Manifest[]).map(({ name, value, valueFrom }) => {
    const field = valueFrom?.fieldRef?.fieldPath as string | undefined;
    const label = /^metadata\.labels\['(.+)'\]$/.exec(field ?? "")?.[1];
    return [name, label ? metadata.labels[label] : field ? `${deployment.metadata.name}-0` : value];
  });
  return { ...Object.assign({}, ...maps), ...Object.fromEntries(own) };
}
