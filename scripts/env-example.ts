import { z } from "zod";
import { Environment } from "../moleculer.config.ts";

const SECRETS_TITLE =
  "Secrets: docker compose does not start without them; `sh ops/fill-secrets.sh` fills in what is empty.\n" +
  "# --- MongoDB, Elasticsearch and Grafana keep what they were given at their first start.";
const SECRETS: Record<string, string> = {
  NATS_PASSWORD: "NATS: processes and operators",
  MONGO_ROOT_PASSWORD: "MongoDB: its administrator",
  MONGO_PASSWORD: "MongoDB: the product",
  REDIS_PASSWORD: "Redis",
  ELASTIC_PASSWORD: "Elasticsearch: its administrator, elastic; signs in to Kibana",
  ELASTICSEARCH_PASSWORD: "Elasticsearch: the product",
  KIBANA_PASSWORD: "Elasticsearch: Kibana itself",
  GRAFANA_PASSWORD: "Grafana: its administrator, admin",
};

/** What only docker-compose.yml knows, with its default there. */
const COMPOSE: Record<string, [fallback: string, meaning: string]> = {
  IMAGE: ["hallabong:local", "Name and tag of the product's image"],
  PUBLISH_ADDRESS: ["127.0.0.1", "Where the API listens; 0.0.0.0 lets other machines in"],
  HTTP_PORT: ["3000", "Port of the API; PUBLIC_URL names it as well"],
  OPERATORS_ADDRESS: ["127.0.0.1", "Where Grafana, Kibana and the mail catcher listen"],
  GRAFANA_PORT: ["3300", "Port of Grafana"],
  KIBANA_PORT: ["5601", "Port of Kibana"],
  MAILPIT_PORT: ["8025", "Port of the mail catcher"],
  FRONT_NETWORK: ["172.30.238", "Network of the balancer and the gateways (/24); one that is free on this machine"],
};

/** What docker-compose.yml adds to the meaning of the product's variables. */
const IN_COMPOSE: Record<string, string> = {
  SMTP_URL: "docker-compose.yml: without it they go to the mail catcher, which shows them at http://localhost:8025",
  TRACING_URL:
    "docker-compose.yml: nothing leads out of the network back, so let the collector into it:\n" +
    "# docker network connect hallabong_back COLLECTOR",
};

/**
 * The text of `.env.example`: every variable of the product and of docker-compose.yml. Which of the product's variables
 * an operator may set there follows from the compose file; the others are for processes started by hand.
 */
export function envExample(composeFile: string): string {
  const product = Object.entries(Environment.shape).filter(([name]) => name !== "JWT_SECRET");
  const isPassed = ([name]: [string, unknown]) => composeFile.includes(`\${${name}:`);
  const parts = [
    part(SECRETS_TITLE, [
      ["JWT_SECRET", "", Environment.shape.JWT_SECRET.description!],
      ...Object.entries(SECRETS).map(([name, meaning]) => [name, "", `${meaning}; letters and digits`] as const),
    ]),
    part(
      "docker-compose.yml",
      Object.entries(COMPOSE).map(([name, [fallback, meaning]]) => [`# ${name}`, fallback, meaning]),
    ),
    part("The product", product.filter(isPassed).map(commented)),
    part(
      "The product; docker-compose.yml sets these itself",
      product.filter((entry) => !isPassed(entry)).map(commented),
    ),
  ];
  return `# Copy to .env. What is commented out has the default that is shown.\n\n${parts.join("\n")}`;
}

const commented = ([name, schema]: [string, z.ZodType]) =>
  [
    `# ${name}`,
    defaultOf(name, schema),
    [schema.description ?? "", IN_COMPOSE[name] ?? []].flat().join("\n# "),
  ] as const;

/** The default of a variable of the product as one would write it; empty when it has none. */
export function defaultOf(name: string, schema: z.ZodType): string {
  if (name === "MODEL_DIR") return "./models";
  const given = z.safeParse(schema, undefined);
  if (!given.success || given.data === undefined || typeof given.data === "object") return "";
  return given.data === true ? "on" : String(given.data);
}

const part = (title: string, lines: readonly (readonly [name: string, value: string, meaning: string])[]) =>
  `# --- ${title}\n\n${lines.map(([name, value, meaning]) => `# ${meaning}\n${name}=${value}\n`).join("\n")}`;
