import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import * as prettier from "prettier";
import { z } from "zod";
import { isPublished, type Action, type Contract } from "../mixins/contract.ts";
import { Environment } from "../moleculer.config.ts";
import { interfaceDocument } from "../services/gateway/domain/interface-document.ts";
import { Gateway } from "../services/gateway/gateway.contract.ts";
import { offered } from "../services/gateway/gateway.service.ts";

const contracts: readonly Contract[] = [...offered, Gateway];
const ROOT = path.join(import.meta.dirname, "..");

/** Writes the API description for client generators and the tables of the README; `npm run docs`. */
const inReadme = { environment: environmentTable(), services: contracts.map(serviceTable).join("\n\n") };
const readme = Object.entries(inReadme).reduce(
  (text, [name, table]) =>
    text.replace(sectionOf(name), () => `<!-- generated:${name} -->\n\n${table}\n\n<!-- /generated -->`),
  readFileSync(path.join(ROOT, "README.md"), "utf8"),
);
await write("README.md", readme, "markdown");
await write("clients/openapi.json", JSON.stringify(interfaceDocument(contracts)), "json");

function sectionOf(name: string): RegExp {
  return new RegExp(`<!-- generated:${name} -->[^]*?<!-- /generated -->`);
}

async function write(file: string, text: string, parser: string): Promise<void> {
  writeFileSync(path.join(ROOT, file), await prettier.format(text, { parser, printWidth: 120 }));
}

function environmentTable(): string {
  const rows = Object.entries(Environment.shape).map(([name, schema]) => {
    const given = z.safeParse(schema, undefined);
    const value =
      given.success && !Array.isArray(given.data) && typeof given.data !== "object" ? given.data : undefined;
    const shown = name === "MODEL_DIR" ? "./models" : value === true ? "on" : value === undefined ? "" : value;
    return `| \`${name}\` | ${shown === "" ? "" : `\`${shown}\``} | ${schema.description ?? ""} |`;
  });
  return `| variable | default | meaning |\n| --- | --- | --- |\n${rows.join("\n")}`;
}

function serviceTable(contract: Contract): string {
  const rows = Object.entries<Action>(contract.$actions).map(([name, action]) => {
    const route = isPublished(action) ? `\`${action.http}\`` : "";
    return `| \`${contract.$name}.${name}\` | ${route} | ${isPublished(action) ? action.auth : "services"} | ${action.summary} |`;
  });
  return `**${contract.$name}**\n\n| action | route | for | answers |\n| --- | --- | --- | --- |\n${rows.join("\n")}`;
}
