import { readdirSync } from "node:fs";
import path from "node:path";
import { ROOT } from "../rules/source-tree.ts";
import type { Manifest } from "./kustomize.ts";

/** The services of the product. */
export const SERVICES = readdirSync(path.join(ROOT, "services"));

type Texts = Record<string, string>;

/** What the process of a Deployment finds in its environment, given what the operator has put into the Secret. */
export function environmentOf(deployment: Manifest, all: readonly Manifest[], secret: Texts = {}): Texts {
  const { metadata, spec } = deployment.spec.template;
  const [container] = spec.containers as Manifest[];
  const from = ((container!.envFrom ?? []) as Manifest[]).map(({ configMapRef }) => {
    const map = all.find(({ kind, metadata: { name } }) => kind === "ConfigMap" && name === configMapRef?.name);
    return configMapRef ? (map?.data as Texts) : secret;
  });
  const env: Texts = Object.assign({}, ...from);
  for (const { name, value, valueFrom } of (container!.env ?? []) as Manifest[]) {
    const field = valueFrom?.fieldRef?.fieldPath as string | undefined;
    const label = /^metadata\.labels\['(.+)'\]$/.exec(field ?? "")?.[1];
    const told = label ? metadata.labels[label] : field ? `${deployment.metadata.name}-0` : value;
    env[name] = valueFrom?.secretKeyRef ? (secret[valueFrom.secretKeyRef.key] ?? "") : expanded(told, env);
  }
  return env;
}

/** Kubernetes puts variables in that stand further up. */
const expanded = (text: string, env: Texts) =>
  text.replaceAll(/\$\((\w+)\)/g, (whole, name: string) => env[name] ?? whole);
