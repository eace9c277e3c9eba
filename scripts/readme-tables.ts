import { isPublished, type Action, type Contract } from "../mixins/contract.ts";
import { Environment } from "../moleculer.config.ts";
import { Gateway } from "../services/gateway/gateway.contract.ts";
import { offered } from "../services/gateway/gateway.service.ts";
import { defaultOf } from "./env-example.ts";

/** Every contract of the product. */
export const contracts: readonly Contract[] = [...offered, Gateway];

/** The generated parts of the README in Markdown, by the name of their marker. */
export const readmeTables = () => ({
  environment: environmentTable(),
  services: contracts.map(serviceTable).join("\n\n"),
});

/** Where a generated part stands in the README, markers included. */
export const markedPart = (name: string) => new RegExp(`<!-- generated:${name} -->([^]*?)<!-- /generated -->`);

function environmentTable(): string {
  const rows = Object.entries(Environment.shape).map(([name, schema]) => {
    const value = defaultOf(name, schema);
    return `| \`${name}\` | ${value === "" ? "" : `\`${value}\``} | ${schema.description ?? ""} |`;
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
