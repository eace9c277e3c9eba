import { execFile, execFileSync } from "node:child_process";
import { createServer } from "node:http";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { ROOT } from "../rules/source-tree.ts";

const run = promisify(execFile);
const directory = mkdtempSync(path.join(tmpdir(), "hallabong-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** Puts a command of this name first on the path. */
const command = (name: string, text: string) =>
  writeFileSync(path.join(directory, name), `#!/bin/bash\n${text}\n`, { mode: 0o755 });
const environment = { ...process.env, PATH: `${directory}:${process.env.PATH}` };

test("MongoDB is started as a replica set with a key of its own that nobody else reads", () => {
  command("chown", "");
  command("docker-entrypoint.sh", 'printf "%s\\n" "$@"');
  const started = () =>
    execFileSync("bash", [path.join(ROOT, "ops/mongo/start.sh")], { env: environment, encoding: "utf8" }).split("\n");
  const keys = [started(), started()].map((words) => {
    expect(words).toEqual(expect.arrayContaining(["mongod", "--replSet", "rs0"]));
    const file = words[words.indexOf("--keyFile") + 1]!;
    expect(statSync(file).mode & 0o777).toBe(0o400);
    const key = readFileSync(file, "utf8");
    rmSync(file);
    return key;
  });
  expect(keys[0]).toMatch(/^[A-Za-z0-9+/=]{600,1024}$/);
  expect(keys[0]).not.toBe(keys[1]);
});

describe("Elasticsearch's accounts", () => {
  const asked: { url: string; user: string; body: unknown }[] = [];
  let status = 200;
  const server = createServer((request, response) => {
    const text: Buffer[] = [];
    request.on("data", (part: Buffer) => text.push(part));
    request.on("end", () => {
      const user = Buffer.from(request.headers.authorization!.split(" ")[1]!, "base64").toString();
      asked.push({ url: `${request.method} ${request.url}`, user, body: JSON.parse(Buffer.concat(text).toString()) });
      response.writeHead(status).end("{}");
    });
  });
  beforeAll(() => once(server.listen(0, "127.0.0.1"), "listening"));
  afterAll(() => void server.close());

  const make = async () => {
    const script = readFileSync(path.join(ROOT, "ops/elasticsearch/accounts.sh"), "utf8");
    const { port } = server.address() as AddressInfo;
    const env = { ...process.env, ELASTIC_PASSWORD: "e", KIBANA_PASSWORD: "k", ELASTICSEARCH_PASSWORD: "p" };
    return run("bash", ["-c", script.replace("elasticsearch:9200", `127.0.0.1:${port}`)], { env });
  };

  test("are Kibana's and the product's, which may touch its own indices only", async () => {
    await make();
    expect(asked).toEqual([
      { url: "PUT /_security/user/kibana_system/_password", user: "elastic:e", body: { password: "k" } },
      {
        url: "PUT /_security/role/hallabong",
        user: "elastic:e",
        body: {
          cluster: ["monitor", "manage_index_templates"],
          indices: [{ names: ["hallabong*"], privileges: ["all"] }],
        },
      },
      { url: "PUT /_security/user/hallabong", user: "elastic:e", body: { password: "p", roles: ["hallabong"] } },
    ]);
  });

  test("that are refused end the errand with an error, so that it is run again", async () => {
    status = 401;
    await expect(make()).rejects.toThrow();
  });
});
