import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { ROOT } from "../rules/source-tree.ts";

/** A service of the compose file, anchors merged in. */
export interface ComposeService {
  // Rules read services by name; the compose specification's schema checks their shape.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  [field: string]: any;
}
export interface Compose {
  services: Record<string, ComposeService>;
  volumes: Record<string, unknown>;
  networks: Record<string, ComposeService | null>;
}

export const COMPOSE_FILE = path.join(ROOT, "docker-compose.yml");
export const readCompose = (file = COMPOSE_FILE): Compose =>
  JSON.parse(JSON.stringify(parse(readFileSync(file, "utf8"), { merge: true }))) as Compose;

const VARIABLE = /\$\$|\$\{([A-Z_]+)(?:(:-|:\?)([^}]*))?\}/g;

/** Puts variables in as compose does; throws as compose does when one that is required is empty. */
export function interpolated(text: string, env: Readonly<Record<string, string>>): string {
  return text.replaceAll(VARIABLE, (whole, name?: string, operator?: string, rest = "") => {
    if (whole === "$$") return "$";
    const value = env[name!];
    if (value) return value;
    if (operator === ":?") throw new Error(`required variable ${name} is missing a value: ${rest}`);
    return rest as string;
  });
}

/** The names of all variables in a text, and whether they are required. */
export const variablesOf = (text: string): Map<string, boolean> =>
  new Map(
    [...text.matchAll(VARIABLE)].filter(([, name]) => name).map(([, name, operator]) => [name!, operator === ":?"]),
  );

/** What the process of a service finds in its environment. */
export function environmentOf(service: ComposeService, env: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries<unknown>(service.environment ?? {});
  return Object.fromEntries(entries.map(([name, value]) => [name, interpolated(String(value), env)]));
}
