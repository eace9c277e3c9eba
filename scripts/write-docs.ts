import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import * as prettier from "prettier";
import { interfaceDocument } from "../services/gateway/domain/interface-document.ts";
import { clusterMonitoring } from "./cluster-monitoring.ts";
import { envExample } from "./env-example.ts";
import { contracts, markedPart, readmeTables } from "./readme-tables.ts";

const ROOT = path.join(import.meta.dirname, "..");

/**
 * Writes what follows from elsewhere: the tables of the README, `.env.example`, alert rules and dashboards for
 * Kubernetes and, for client generators, the API description; `npm run docs`.
 */
const readme = Object.entries(readmeTables()).reduce(
  (text, [name, table]) =>
    text.replace(markedPart(name), () => `<!-- generated:${name} -->\n\n${table}\n\n<!-- /generated -->`),
  readFileSync(path.join(ROOT, "README.md"), "utf8"),
);
writeFileSync(path.join(ROOT, ".env.example"), envExample(readFileSync(path.join(ROOT, "docker-compose.yml"), "utf8")));
for (const [file, text] of Object.entries(clusterMonitoring()))
  await write(`k8s/components/monitoring/${file}`, text, "yaml");
mkdirSync(path.join(ROOT, "clients"), { recursive: true });
await write("README.md", readme, "markdown");
await write("clients/openapi.json", JSON.stringify(interfaceDocument(contracts)), "json");

async function write(file: string, text: string, parser: string): Promise<void> {
  writeFileSync(path.join(ROOT, file), await prettier.format(text, { parser, printWidth: 120 }));
}
