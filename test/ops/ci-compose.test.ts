import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { readConfig } from "../../moleculer.config.ts";
import { PROGRAMS } from "../servers.ts";
import { ROOT } from "../rules/source-tree.ts";
import { COMPOSE_FILE, type Compose, type ComposeService } from "./compose.ts";
import { composeRules } from "./compose-rules.ts";

interface Step {
  run?: string;
}
interface Job {
  env?: Record<string, string>;
  steps: Step[];
}

const FILE = "docker-compose.ci.yml";
const read = (file: string) => parse(readFileSync(path.join(ROOT, file), "utf8"), { merge: true }) as unknown;
const compose = read(FILE) as Compose;
const workflow = read(".github/workflows/ci.yml") as { jobs: Record<string, Job> };
const job = workflow.jobs["prove-with-real-servers"]!;
const commands = job.steps.flatMap(({ run }) => (run === undefined ? [] : [run]));
const services = Object.entries(compose.services);
const SERVER_OF = { MONGO_URL: "mongo", ELASTICSEARCH_URL: "elasticsearch", NATS_URL: "nats", REDIS_URL: "redis" };

describe(FILE, () => {
  test.each(["fieldsAreKnown", "healthIsChecked", "imagesArePinned"])("%s", (rule) => {
    expect(composeRules[rule]!(compose)).toEqual([]);
  });

  test("only this machine reaches its servers", () => {
    const ports = services.flatMap(([, { ports: published }]) => published as string[]);
    expect(ports.filter((port) => !/^127\.0\.0\.1:(\d+):\1$/.test(port))).toEqual([]);
  });

  test.each(services)("%s has the version that docker-compose.yml runs", (name, { image }: ComposeService) => {
    const product = parse(readFileSync(COMPOSE_FILE, "utf8"), { merge: true }) as Compose;
    expect(image).toBe(product.services[name]!.image);
  });

  test("MongoDB becomes the replica set that its address asks for, and sends drivers to where they came from", () => {
    const { command, healthcheck, ports } = compose.services.mongo!;
    const url = new URL(job.env!.MONGO_URL!);
    const name = url.searchParams.get("replicaSet");
    expect(command.join(" ")).toContain(`--replSet ${name} `);
    expect(healthcheck.test.join(" ")).toContain(`_id: "${name}", members: [{ _id: 0, host: "${url.host}" }]`);
    expect(ports).toEqual([`${url.hostname}:${url.port}:27017`]);
  });
});

describe("the workflow with real servers", () => {
  test("its addresses are what the product accepts and what the servers publish", () => {
    expect(() => readConfig(job.env!)).not.toThrow();
    expect(Object.keys(job.env!).toSorted()).toEqual(Object.keys(SERVER_OF).toSorted());
    for (const [variable, name] of Object.entries(SERVER_OF)) {
      const { hostname, port } = new URL(job.env![variable]!);
      expect(compose.services[name]!.ports).toEqual([`${hostname}:${port}:${port}`]);
    }
    expect(services.map(([name]) => name).toSorted()).toEqual(Object.values(SERVER_OF).toSorted());
  });

  test("it starts the servers and waits for them before it tests", () => {
    const starting = commands.findIndex((command) => command.startsWith(`docker compose -f ${FILE} up -d --wait `));
    const testing = commands.findIndex((command) => command.startsWith("npm test -- "));
    expect(starting).toBeGreaterThanOrEqual(0);
    expect(testing).toBeGreaterThan(commands.indexOf("npm ci"));
    expect(testing).toBeGreaterThan(starting);
  });

  test("the suites and scripts that it runs exist", () => {
    const named = commands.flatMap((command) => command.match(/(?:test|\.ci)\/[\w./-]+/g) ?? []);
    expect(named).toEqual(expect.arrayContaining([".ci/servers", "test/conformance", "test/cluster"]));
    expect(named.filter((file) => !existsSync(path.join(ROOT, file)))).toEqual([]);
  });

  test("what tests start for themselves is what .ci/servers installs", () => {
    const [, installed = ""] = /for program in (.*);/.exec(readFileSync(path.join(ROOT, ".ci/servers"), "utf8")) ?? [];
    expect(installed.split(" ").toSorted()).toEqual(PROGRAMS.toSorted());
    expect(readFileSync(path.join(ROOT, ".ci/run"), "utf8")).toContain("\n.ci/servers\n");
  });
});
