import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parse } from "yaml";
import { envExample } from "../../scripts/env-example.ts";
import { Environment } from "../../moleculer.config.ts";
import { ROOT } from "../rules/source-tree.ts";
import { describeWith } from "../servers.ts";
import { COMPOSE_FILE, environmentOf, readCompose, variablesOf, type Compose } from "./compose.ts";
import { composeRules, SECRET } from "./compose-rules.ts";
import { SERVICES } from "./process-environment.ts";

const text = readFileSync(COMPOSE_FILE, "utf8");
const example = readFileSync(path.join(ROOT, ".env.example"), "utf8");
const variables = variablesOf(text);
const required = [...variables.keys()].filter((name) => variables.get(name));

describe("docker-compose.yml", () => {
  test.each(Object.entries(composeRules))("%s", (_title, rule) => expect(rule(readCompose())).toEqual([]));

  test.each(required)("does not start without %s, and says so", (name) => {
    const env = Object.fromEntries(required.map((other) => [other, other === name ? "" : SECRET]));
    const start = () => Object.values(readCompose().services).map((service) => environmentOf(service, env));
    expect(start).toThrow(`required variable ${name} is missing a value: is empty; fill the secrets of .env`);
  });
});

test("balancer, Prometheus and health checks ask on the ports that processes listen on", () => {
  const { PORT, METRICS_PORT, HEALTH_PORT } = readCompose().services.gateway!.environment;
  const nginx = readFileSync(path.join(ROOT, "ops/balancer/nginx.conf"), "utf8");
  expect(nginx).toContain(`server gateway:${PORT} resolve`);
  expect(readCompose().services.balancer!.ports[0]).toMatch(`:${/listen (\d+);/.exec(nginx)![1]}`);
  const prometheus = readFileSync(path.join(ROOT, "ops/prometheus/prometheus.yml"), "utf8");
  expect(parse(prometheus).scrape_configs[0].dns_sd_configs[0].port).toBe(METRICS_PORT);
  for (const name of SERVICES) {
    expect(readCompose().services[name]!.healthcheck.test.join(" ")).toContain(`127.0.0.1:${HEALTH_PORT}/health/ready`);
  }
});

test("the balancer says who the client is, whatever the client says of itself", () => {
  const nginx = readFileSync(path.join(ROOT, "ops/balancer/nginx.conf"), "utf8");
  const forwarded = [...nginx.matchAll(/^\s*proxy_set_header X-Forwarded-For (\S+);/gm)].map(([, value]) => value);
  expect(forwarded).toEqual(["$remote_addr"]);
});

type Change = (compose: Compose) => unknown;
const BREAKAGES: [rule: string, fault: string, change: Change][] = [
  ["fieldsAreKnown", "search", ({ services }) => (services.search!.helthcheck = {})],
  ["fieldsAreKnown", "restart", ({ services }) => (services.search!.restart = 1)],
  ["healthIsChecked", "search: no health", ({ services }) => delete services.search!.healthcheck],
  ["restartsAndStops", "come back", ({ services }) => (services.nats!.restart = "no")],
  ["restartsAndStops", "time", ({ services }) => delete services.nats!.stop_grace_period],
  ["restartsAndStops", "logs", ({ services }) => delete services.nats!.logging],
  ["resourcesAreLimited", "memory", ({ services }) => delete services.redis!.deploy.resources.limits.memory],
  ["imagesArePinned", "no version", ({ services }) => (services.redis!.image = "redis:latest")],
  ["imagesArePinned", "no version", ({ services }) => (services.redis!.image = "redis")],
  ["onlyThisMachineReaches", "is published", ({ services }) => (services.mongo!.ports = ["27017:27017"])],
  ["onlyThisMachineReaches", "everybody", ({ services }) => (services.grafana!.ports = ["3300:3000"])],
  ["secretsAreRequired", "JWT_SECRET", ({ services }) => (services.search!.environment.JWT_SECRET = "changeme")],
  [
    "secretsAreRequired",
    "ELASTIC_",
    ({ services }) => (services.elasticsearch!.environment.ELASTIC_PASSWORD = "${X:-y}"),
  ],
  [
    "secretsAreRequired",
    "REDIS_URL",
    ({ services }) => (services.search!.environment.REDIS_URL = "redis://:pass@redis"),
  ],
  ["secretsAreRequired", "GOOGLE_", ({ services }) => (services.search!.environment.GOOGLE_CLIENT_SECRET = "changeme")],
  ["volumesExist", "no ./ops/gone", ({ services }) => services.nats!.volumes.push("./ops/gone:/gone:ro")],
  [
    "volumesExist",
    "may write",
    ({ services }) => (services.nats!.volumes[0] = "./ops/nats/nats.conf:/etc/nats/nats.conf"),
  ],
  ["volumesExist", "no volume data", ({ services }) => (services.nats!.volumes[1] = "data:/data")],
  ["volumesExist", "nats is not used", ({ services }) => services.nats!.volumes.pop()],
  ["dependenciesExist", "nobody", ({ services }) => (services.search!.depends_on = { nat: {} })],
  ["dependenciesExist", "healthy", ({ services }) => delete services.mongo!.healthcheck],
  ["networksAreApart", "leads out", ({ networks }) => (networks.back = null)],
  ["networksAreApart", "no network", ({ services }) => services.search!.networks.push("elsewhere")],
  ["networksAreApart", "front", ({ services }) => services.search!.networks.push("front")],
  ["networksAreApart", "way out", ({ services }) => services.search!.networks.push("outside")],
  ["everyServiceRuns", "search: not in", ({ services }) => delete services.search],
  ["everyServiceRuns", "another", ({ services }) => (services.search!.environment.ROLES = "listings")],
  ["everyServiceRuns", "only once", ({ services }) => delete services.gateway!.deploy.replicas],
  ["environmentsAreGood", "NATS_URL", ({ services }) => (services.search!.environment.NATS_URL = "")],
  ["environmentsAreGood", "cannot be set", ({ services }) => delete services.search!.environment.LOG_LEVEL],
  ["environmentsAreGood", "no effect", ({ services }) => (services.search!.environment.LOGLEVEL = "info")],
  [
    "environmentsAreGood",
    "trusts",
    ({ services }) => (services.gateway!.environment.TRUSTED_PROXIES = "172.30.238.0/24"),
  ],
];

describe("its rules", () => {
  test("are each seen to fail", () => {
    expect([...new Set(BREAKAGES.map(([rule]) => rule))].sort()).toEqual(Object.keys(composeRules).sort());
  });

  test.each(BREAKAGES)("%s notices: %s", (rule, fault, change) => {
    const compose = readCompose();
    change(compose);
    expect(composeRules[rule]!(compose).join("\n")).toContain(fault);
  });
});

describe(".env.example", () => {
  const named = [...example.matchAll(/^(?:# )?([A-Z][A-Z_]+)=/gm)].map(([, name]) => name!);

  test("is what `npm run docs` writes", () => expect(example).toBe(envExample(text)));

  test("has every variable of the product and of compose once, and no other", () => {
    expect(named.sort()).toEqual([...new Set([...Object.keys(Environment.shape), ...variables.keys()])].sort());
  });

  test("leaves secrets empty, and fill-secrets.sh fills them once", () => {
    const directory = mkdtempSync(path.join(tmpdir(), "hallabong-"));
    const file = path.join(directory, ".env");
    copyFileSync(path.join(ROOT, ".env.example"), file);
    const fill = () => {
      execFileSync("sh", [path.join(ROOT, "ops/fill-secrets.sh"), file]);
      return readFileSync(file, "utf8");
    };
    const filled = fill();
    expect(filled.replaceAll(/^(\w+=)[0-9a-f]{48}$/gm, "$1")).toBe(example);
    const secrets = [...filled.matchAll(/^(\w+)=([0-9a-f]{48})$/gm)];
    expect(secrets.map(([, name]) => name).sort()).toEqual(required.sort());
    expect(new Set(secrets.map(([, , value]) => value)).size).toBe(required.length);
    expect(fill()).toBe(filled);
    rmSync(directory, { recursive: true });
  });
});

describeWith("nats-server", "configurations of NATS", () => {
  test.each(["ops/nats/nats.conf", "k8s/base/nats/nats.conf", "k8s/overlays/dev/nats.conf"])("%s is valid", (file) => {
    const env = { ...process.env, POD_NAME: "nats-0", QUOTED_PASSWORD: '"48e5ab"' };
    const directory = mkdtempSync(path.join(tmpdir(), "hallabong-nats-"));
    const checked = path.join(directory, "nats.conf");
    writeFileSync(checked, knownHere(readFileSync(path.join(ROOT, file), "utf8")));
    expect(() => execFileSync("nats-server", ["-t", "-c", checked], { env, stdio: "pipe" })).not.toThrow();
    rmSync(directory, { recursive: true });
  });

  /** A server older than 2.10, which the images do not have, refuses this one line. */
  function knownHere(configuration: string): string {
    expect(configuration).toContain("\n  sync_interval: always\n");
    const version = execFileSync("nats-server", ["--version"], { encoding: "utf8" });
    return /v2\.\d\./.test(version) ? configuration.replace("  sync_interval: always\n", "") : configuration;
  }
});
