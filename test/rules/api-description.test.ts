import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { interfaceDocument } from "../../services/gateway/domain/interface-document.ts";
import { Gateway } from "../../services/gateway/gateway.contract.ts";
import { offered } from "../../services/gateway/gateway.service.ts";
import { ROOT } from "./source-tree.ts";

interface Verdict {
  totals: { errors: number; warnings: number };
  problems: { ruleId: string; message: string; location: { pointer?: string }[] }[];
}

const description = JSON.parse(JSON.stringify(interfaceDocument([...offered, Gateway]))) as { paths: object };
let directory: string;
beforeAll(() => void (directory = mkdtempSync(path.join(tmpdir(), "api-"))));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** What redocly's recommended rules have to say of a document, one line each. */
async function lint(document: object): Promise<string[]> {
  const file = path.join(directory, "openapi.json");
  writeFileSync(file, JSON.stringify(document));
  const redocly = path.join(ROOT, "node_modules/@redocly/cli/bin/cli.js");
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [redocly, "lint", file, "--extends=recommended", "--format=json"],
    {
      cwd: directory,
      maxBuffer: 64 * 1024 * 1024,
      env: { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" },
    },
  ).catch((error: { stdout: string }) => error);
  const { problems } = JSON.parse(stdout.slice(stdout.indexOf("{"))) as Verdict;
  return problems.map(({ ruleId, message, location }) => `${ruleId} at ${location[0]?.pointer}: ${message}`);
}

test("the API description is good OpenAPI by redocly's rules", async () => {
  expect(Object.keys(description.paths).length).toBeGreaterThan(20);
  expect(await lint(description)).toEqual([]);
});

test("a description with a broken reference would be noticed", async () => {
  const broken = JSON.stringify(description).replace("#/components/schemas/Account", "#/components/schemas/Nobody");
  expect(await lint(JSON.parse(broken) as object)).not.toEqual([]);
});
