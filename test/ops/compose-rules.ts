import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { Ajv } from "ajv";
import * as formats from "ajv-formats";
import { parse } from "yaml";
import { Environment, readConfig } from "../../moleculer.config.ts";
import { ROOT } from "../rules/source-tree.ts";
import { environmentOf, type Compose, type ComposeService } from "./compose.ts";
import { SERVICES } from "./process-environment.ts";

/** Answers what is wrong with a compose file, one line each. */
export type ComposeRule = (compose: Compose) => string[];

const check = (isRight: unknown, fault: string) => (isRight ? [] : [fault]);
const each =
  (faults: (service: ComposeService, name: string, all: Compose) => string[]): ComposeRule =>
  (all) =>
    Object.entries(all.services).flatMap(([name, service]) =>
      faults(service, name, all).map((fault) => `${name}: ${fault}`),
    );
const isProcess = (service: ComposeService) => service.environment?.ROLES !== undefined;
/** Does its work, ends, and others wait for that. */
const isErrand = (name: string, { services }: Compose) =>
  Object.values(services).some((other) => other.depends_on?.[name]?.condition === "service_completed_successfully");

const schema = JSON.parse(
  readFileSync(path.join(ROOT, "node_modules/dclint/schemas/compose.schema.json"), "utf8"),
) as object;
const ajv = new Ajv({ strict: false, allErrors: true, validateSchema: false });
formats.default.default(ajv);
const isCompose = ajv.compile(schema);

/** The compose specification knows every field. */
const fieldsAreKnown: ComposeRule = (all) =>
  isCompose(all) ? [] : isCompose.errors!.map(({ instancePath, message }) => `${instancePath} ${message}`);

const healthIsChecked = each((service, name, all) =>
  isErrand(name, all) ? [] : check(service.healthcheck?.test, "no health check"),
);

const restartsAndStops = each((service, name, all) => [
  ...check(service.restart === (isErrand(name, all) ? "on-failure" : "unless-stopped"), "does not come back"),
  ...check(isErrand(name, all) || service.stop_grace_period === "45s", "has no time to stop"),
  ...check(service.logging?.options?.["max-size"], "logs without end"),
]);

const resourcesAreLimited = each((service) =>
  ["cpus", "memory", "pids"].flatMap((name) => check(service.deploy?.resources?.limits?.[name], `no limit of ${name}`)),
);

const imagesArePinned = each(({ image }) =>
  check(/^\$\{IMAGE:-hallabong:local\}$|:(?!latest$)v?\d[\w.-]*$/.test(image), `image ${image} says no version`),
);

const PUBLISHED = ["balancer", "grafana", "kibana", "mailpit"];
const onlyThisMachineReaches = each(({ ports = [] }, name) => [
  ...check(ports.length === 0 || PUBLISHED.includes(name), "is published"),
  ...ports.flatMap((port: string) => check(/^\$\{\w+:-127\.0\.0\.1\}:/.test(port), `published to everybody: ${port}`)),
]);

/** Of parts that an installation may do without; an empty one switches its part off. */
const OPTIONAL_SECRETS = ["GOOGLE_CLIENT_SECRET", "KAKAO_CLIENT_SECRET"];
const REQUIRED = /^"?\$\{[A-Z_]+:\?[^}]+\}"?$/;
const secretsAreRequired = each((service) =>
  Object.entries<unknown>(service.environment ?? {}).flatMap(([name, value]) => {
    const inUrl = /^[a-z+]+:\/\/[^/@:]*:([^/]*)@/.exec(String(value))?.[1];
    const isSecret = /PASSWORD|SECRET|AUTH$/.test(name);
    const isOff = OPTIONAL_SECRETS.includes(name) && value === `\${${name}:-}`;
    return check(
      (!isSecret || isOff || REQUIRED.test(String(value))) && (inUrl === undefined || REQUIRED.test(inUrl)),
      `${name} has a default`,
    );
  }),
);

const volumesExist: ComposeRule = (all) => {
  const mounts = Object.entries(all.services).flatMap(([name, { volumes = [] }]) =>
    (volumes as string[]).map((volume) => ({ name, parts: volume.split(":") })),
  );
  const used = mounts.map(({ parts }) => parts[0]!).filter((source) => !source.startsWith("."));
  return [
    ...mounts
      .filter(({ parts }) => parts[0]!.startsWith("."))
      .flatMap(({ name, parts: [source, , mode] }) => [
        ...check(existsSync(path.join(ROOT, source!)), `${name}: no ${source}`),
        ...check(mode === "ro", `${name} may write ${source}`),
      ]),
    ...used.flatMap((volume) => check(volume in all.volumes, `no volume ${volume}`)),
    ...Object.keys(all.volumes).flatMap((volume) => check(used.includes(volume), `volume ${volume} is not used`)),
  ];
};
const dependenciesExist = each(({ depends_on: wanted = {} }, _name, { services }) =>
  Object.entries<{ condition: string }>(wanted).flatMap(([name, { condition }]) => [
    ...check(services[name], `waits for ${name}, which is nobody`),
    ...check(condition !== "service_healthy" || services[name]?.healthcheck, `nobody knows whether ${name} is healthy`),
  ]),
);

const networksOf = ({ networks }: ComposeService): string[] =>
  Array.isArray(networks) ? networks : Object.keys(networks as object);

/** Stores and processes are among themselves; gateways also speak to the balancer, accounts to mail servers. */
const networksAreApart: ComposeRule = (all) => [
  ...check(all.networks.back?.internal === true, "the network back leads out"),
  ...each((service, name) => [
    ...networksOf(service).flatMap((network) => check(network in all.networks, `no network ${network}`)),
    ...check(networksOf(service).includes("front") === ["balancer", "gateway"].includes(name), "front is for gateways"),
    ...check(
      networksOf(service).includes("operators") === ["grafana", "kibana", "mailpit"].includes(name),
      "operators look at three",
    ),
    ...check(networksOf(service).includes("outside") === (name === "accounts"), "the way out is for accounts"),
  ])(all),
];

/** Each service of the product runs under its own name, is measured, and the busy ones twice. */
const everyServiceRuns: ComposeRule = (all) => {
  const prometheus = parse(readFileSync(path.join(ROOT, "ops/prometheus/prometheus.yml"), "utf8"));
  const measured = prometheus.scrape_configs[0].dns_sd_configs[0].names as string[];
  const running = Object.entries(all.services).filter(([, service]) => isProcess(service));
  return [
    ...SERVICES.flatMap((name) =>
      check(all.services[name] && isProcess(all.services[name]), `${name}: not in compose`),
    ),
    ...SERVICES.flatMap((name) => check(measured.includes(name), `${name}: not in ops/prometheus/prometheus.yml`)),
    ...measured.flatMap((name) => check(SERVICES.includes(name), `${name} is measured and does not exist`)),
    ...running.flatMap(([name, { environment }]) => check(environment.ROLES === name, `${name}: runs another service`)),
    ...["gateway", "prediction"].flatMap((name) =>
      check(all.services[name]?.deploy.replicas >= 2, `${name}: runs only once`),
    ),
  ];
};

/** Secrets as an operator may choose them. */
export const SECRET = "0123456789abcdefghijklmnopqrstuvwxyz";
const secrets = new Proxy<Record<string, string>>(
  {},
  { get: (_, name) => (/PASSWORD|^JWT_SECRET/.test(String(name)) ? SECRET : "") },
);
/** Said by the image, or well as they are by default. */
const NOT_SAID = new Set(["DATA_DIR", "MODEL_DIR", "NODE_NAME"]);

/** The product accepts what compose tells it, and compose tells it everything. */
const environmentsAreGood = each((service, _name, { services }) => {
  if (!isProcess(service)) return [];
  const environment = environmentOf(service, secrets);
  const balancer = services.balancer!.networks.front.ipv4_address;
  return [
    ...faultsOf(environment),
    ...check(environment.PROFILE === "production", "PROFILE is not production"),
    ...check(service.environment.TRUSTED_PROXIES === balancer, "trusts others than the balancer"),
    ...Object.keys(Environment.shape).flatMap((name) =>
      check(NOT_SAID.has(name) || name in environment, `${name} cannot be set`),
    ),
    ...Object.keys(environment).flatMap((name) => check(name in Environment.shape, `${name} has no effect`)),
  ];
});

function faultsOf(environment: Record<string, string>): string[] {
  try {
    readConfig(environment);
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}

export const composeRules: Record<string, ComposeRule> = {
  fieldsAreKnown,
  healthIsChecked,
  restartsAndStops,
  resourcesAreLimited,
  imagesArePinned,
  onlyThisMachineReaches,
  secretsAreRequired,
  volumesExist,
  dependenciesExist,
  networksAreApart,
  everyServiceRuns,
  environmentsAreGood,
};
