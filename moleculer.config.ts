import { readdirSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import path from "node:path";
import type { BrokerOptions, Middleware, ServiceBroker, ServiceSchema } from "moleculer";
import { z } from "zod";
import { banner, readiness } from "./scripts/banner.ts";
import type { Bus } from "./mixins/bus/bus.ts";
import { busMiddleware } from "./mixins/bus/bus-middleware.ts";
import { deadLetterCollection } from "./mixins/bus/dead-letters.ts";
import { embeddedBus } from "./mixins/bus/embedded-bus.ts";
import { jetstreamBus } from "./mixins/bus/jetstream-bus.ts";
import { cacheMiddleware } from "./mixins/cache/cache-middleware.ts";
import { memoryCache } from "./mixins/cache/memory-cache.ts";
import { redisCache } from "./mixins/cache/redis-cache.ts";
import { AnsweringFirst, silentNodes } from "./mixins/calls/answering-first.ts";
import { callPath } from "./mixins/calls/call-path.ts";
import { NatsTransporter } from "./mixins/calls/nats-transporter.ts";
import { startFaults } from "./mixins/start-faults.ts";
import { mongoStore } from "./mixins/collection/mongo-store.ts";
import { sqliteStore } from "./mixins/collection/sqlite-store.ts";
import { storeMiddleware } from "./mixins/collection/store-middleware.ts";
import { DEFAULT_TIMEOUT_MS } from "./mixins/contract.ts";
import { drainMiddleware } from "./mixins/drain.ts";
import { list, networks, onOff, origins, port, url } from "./mixins/environment-values.ts";
import { gracefulStop } from "./mixins/graceful-stop.ts";
import { healthServer } from "./mixins/health.ts";
import { keptSecret } from "./mixins/kept-secret.ts";
import { largeAnswers } from "./mixins/large-answers.ts";
import { jsonLines, logLines } from "./mixins/logs/log-lines.ts";
import { metricsMiddleware } from "./mixins/metrics/metrics-middleware.ts";
import { PrometheusReporter } from "./mixins/metrics/prometheus.ts";
import { OtlpExporter } from "./mixins/tracing/otlp-exporter.ts";
import { traceMiddleware } from "./mixins/tracing/trace-middleware.ts";
import { redisLink, redisMiddleware } from "./mixins/redis.ts";
import { natsOptions } from "./mixins/nats-url.ts";

const ROOT = import.meta.dirname;
const SERVICES = readdirSync(path.join(ROOT, "services"));

const currency = z.string().regex(/^[A-Z]{3}$/, "Three capital letters (ISO 4217)");
const rate = /^([A-Z]{3}\/[A-Z]{3})=(\d+(?:\.\d+)?)$/;

/**
 * Every variable that has an effect; the descriptions become the table of the README. A URL's presence chooses the real
 * server over the embedded part.
 */
export const Environment = z.object({
  PORT: port.default(3000).describe("HTTP of the gateway"),
  METRICS_PORT: port.default(3030).describe("Prometheus metrics of this process; 0 = off"),
  HEALTH_PORT: port.default(0).describe("live and ready of this process alone; 0 = off"),
  DATA_DIR: z.string().min(1).default("./data").describe("Where the embedded parts keep their files"),
  MODEL_DIR: z
    .string()
    .min(1)
    .default(path.join(ROOT, "models"))
    .describe("Trained models, `car-price/<version>/` below it"),
  ROLES: list
    .refine((roles) => roles.every((role) => SERVICES.includes(role)), { error: `Some of ${SERVICES.join(", ")}` })
    .default(SERVICES)
    .describe("Services this process runs, comma list; default: all"),
  CLUSTER: z
    .string()
    .regex(/^[\w-]{1,40}$/, "Letters, digits, dash and underscore")
    .default("hallabong")
    .describe("Name space: processes of one name find each other"),
  NODE_NAME: z
    .string()
    .regex(/^[\w.-]{1,100}$/, "Letters, digits, dot, dash and underscore")
    .optional()
    .describe("Unique name of this process; default: host and pid"),
  NATS_URL: url("nats", "tls")
    .optional()
    .describe("Calls and facts between processes; without it all services share one process"),
  MONGO_URL: z
    .string()
    .regex(/^mongodb(\+srv)?:\/\/[^/\s]+\/[^/?\s]+(\?\S*)?$/, "A URL such as mongodb://host/database?replicaSet=rs0")
    .optional()
    .describe("MongoDB instead of SQLite files; several hosts with commas"),
  ELASTICSEARCH_URL: url("http", "https")
    .optional()
    .describe("Elasticsearch 8.19 or 9 instead of SQLite full text search"),
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\/[^/\s]+(\/\d*)?(\?\S*)?$/, "A URL such as redis://host:6379/0")
    .optional()
    .describe("Redis for what processes count and keep together; without it each counts by itself"),
  TRACING_URL: url("http", "https")
    .optional()
    .describe("Where traces go: an OTLP/HTTP endpoint such as http://collector:4318"),
  TRACING_SHARE: z.coerce
    .number("A number from 0 to 1")
    .min(0)
    .max(1)
    .default(0.1)
    .describe("Share of the requests that are traced, 0 to 1, unless their traceparent says so"),
  JWT_SECRET: z
    .string()
    .min(16, "At least 16 characters")
    .optional()
    .describe("Protects tokens and what is kept secret, at least 16 characters; without it one is made in DATA_DIR"),
  SMTP_URL: url("smtp", "smtps")
    .optional()
    .describe("Where mails are sent by, such as smtps://user:password@host:465; without it they go to DATA_DIR/outbox"),
  MAIL_FROM: z
    .string()
    .max(300)
    .regex(/^([^<>\r\n]+<)?[^\s<>@]+@[^\s<>@]+>?$/, "An address such as Hallabong <hello@example.com>")
    .optional()
    .describe("Who mails come from; default: Hallabong <no-reply@HOST>, the host of PUBLIC_URL"),
  GOOGLE_CLIENT_ID: z.string().optional().describe("Sign-in by Google: the client's id; without it the route says 503"),
  GOOGLE_CLIENT_SECRET: z.string().optional().describe("Sign-in by Google: the client's secret"),
  KAKAO_CLIENT_ID: z
    .string()
    .optional()
    .describe("Sign-in by Kakao: the app's REST key; without it the route says 503"),
  KAKAO_CLIENT_SECRET: z.string().optional().describe("Sign-in by Kakao: the app's secret"),
  PUBLIC_URL: url("http", "https")
    // Paths are appended to it.
    .transform((text) => text.replace(/\/+$/, ""))
    .optional()
    .describe("Where clients reach the gateway; https makes cookies Secure; default: http://localhost:PORT"),
  MARKET_CURRENCY: currency
    .default("KRW")
    .describe("Currency in which words are searched when the model's has nothing for them"),
  DEMO: onOff
    .optional()
    .describe("on or off: fill an empty market with generated cars; default: on, off with PROFILE=production"),
  CORS_ORIGINS: origins.default([]).describe("Origins whose pages may call the API, comma list"),
  TRUSTED_PROXIES: networks.default([]).describe("Addresses or networks whose X-Forwarded-For is believed, comma list"),
  RATE_LIMITS: onOff.default(true).describe("on or off (benches and fuzz tests)"),
  FX_RATES: list
    .refine((rates) => rates.every((text) => rate.test(text)), { error: "A comma list such as KRW/GBP=0.00055" })
    .transform((rates) =>
      Object.fromEntries(rates.map((text) => rate.exec(text)!).map(([, pair, factor]) => [pair!, Number(factor)])),
    )
    .default({})
    .describe("Rates such as KRW/GBP=0.00055: asking prices in other currencies than the model's are rated by them"),
  LOG_LEVEL: z
    .enum(["fatal", "error", "warn", "info", "debug", "trace"])
    .default("warn")
    .describe("fatal, error, warn, info, debug or trace"),
  PROFILE: z
    .enum(["development", "production"])
    .default("development")
    .describe("production refuses embedded parts, weak secrets and absent limits"),
});

export type Config = ReturnType<typeof readConfig>;

/** All faults of an environment at once, one line each. */
export class ConfigError extends Error {
  readonly faults: readonly string[];
  constructor(faults: readonly string[]) {
    super(`The environment has faults:\n${faults.map((fault) => `  ${fault}`).join("\n")}`);
    this.faults = faults;
  }
}

/** Reads an environment; throws `ConfigError` that names every fault. Empty variables count as absent. */
export function readConfig(env: Readonly<Record<string, string | undefined>>) {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ""));
  const parsed = Environment.safeParse(given);
  const faults = [
    ...(parsed.error?.issues.map((issue) => `${String(issue.path[0])}: ${issue.message}`) ?? []),
    ...halfPairs(given),
    ...(given.PROFILE === "production" ? productionFaults(given) : []),
  ];
  if (!parsed.success || faults.length > 0) throw new ConfigError(faults);
  const e = parsed.data;
  const publicUrl = e.PUBLIC_URL ?? `http://localhost:${e.PORT}`;
  return {
    port: e.PORT,
    metricsPort: e.METRICS_PORT,
    healthPort: e.HEALTH_PORT,
    dataDir: path.resolve(e.DATA_DIR),
    modelDir: path.resolve(e.MODEL_DIR),
    roles: e.ROLES,
    cluster: e.CLUSTER,
    nodeName: e.NODE_NAME ?? `${hostname()}-${process.pid}`,
    natsUrl: e.NATS_URL,
    mongoUrl: e.MONGO_URL,
    elasticsearchUrl: e.ELASTICSEARCH_URL,
    redisUrl: e.REDIS_URL,
    tracingUrl: e.TRACING_URL,
    tracingShare: e.TRACING_SHARE,
    jwtSecret: e.JWT_SECRET,
    smtpUrl: e.SMTP_URL,
    mailFrom: e.MAIL_FROM ?? `Hallabong <no-reply@${new URL(publicUrl).hostname}>`,
    google: clientOf(e.GOOGLE_CLIENT_ID, e.GOOGLE_CLIENT_SECRET),
    kakao: clientOf(e.KAKAO_CLIENT_ID, e.KAKAO_CLIENT_SECRET),
    publicUrl,
    marketCurrency: e.MARKET_CURRENCY,
    demo: e.DEMO ?? e.PROFILE !== "production",
    corsOrigins: e.CORS_ORIGINS,
    trustedProxies: e.TRUSTED_PROXIES,
    rateLimits: e.RATE_LIMITS,
    fxRates: e.FX_RATES,
    logLevel: e.LOG_LEVEL,
    profile: e.PROFILE,
  };
}

/** A provider is configured when its id and its secret are given. */
const clientOf = (id: string | undefined, secret: string | undefined) =>
  id !== undefined && secret !== undefined ? { id, secret } : undefined;

const PAIRS = [
  ["GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET"],
  ["KAKAO_CLIENT_ID", "KAKAO_CLIENT_SECRET"],
] as const;

/** Half a pair would be taken for none, and the route would say 503 without a word of why. */
const halfPairs = (env: Record<string, string | undefined>): string[] =>
  PAIRS.flatMap(([id, secret]) => [
    [id, secret],
    [secret, id],
  ])
    .filter(([present, missing]) => env[present!] && !env[missing!])
    .map(([present, missing]) => `${missing}: ${present} needs it`);

/** What production refuses: embedded parts, weak or missing secrets, no limits. */
function productionFaults(env: Record<string, string | undefined>): string[] {
  const needed = ["NATS_URL", "MONGO_URL", "ELASTICSEARCH_URL", "REDIS_URL", "JWT_SECRET", "SMTP_URL", "PUBLIC_URL"];
  const faults = needed.filter((name) => !env[name]).map((name) => `${name}: PROFILE=production needs it`);
  const secret = env.JWT_SECRET;
  if (secret && (secret.length < 32 || new Set(secret).size < 10)) {
    faults.push("JWT_SECRET: PROFILE=production needs at least 32 characters, ten of them different");
  }
  if (env.RATE_LIMITS === "off") faults.push("RATE_LIMITS: PROFILE=production refuses off");
  return faults;
}

let current: ReturnType<typeof openConfig> | undefined;

/** The configuration of this process with its store and secret; read once from the environment. */
export const config = () => (current ??= openConfig(readConfig(process.env)));

/** Makes a process (a test, a command) use another configuration than its environment says. */
export function useConfig(given: Config): ReturnType<typeof openConfig> {
  return (current = openConfig(given));
}

function openConfig(given: Config) {
  const store = given.mongoUrl
    ? mongoStore({ url: given.mongoUrl, appName: `${given.cluster} ${given.nodeName}` })
    : sqliteStore({ directory: given.dataDir });
  const redis = given.redisUrl ? redisLink({ url: given.redisUrl, prefix: `${given.cluster}:` }) : undefined;
  return {
    ...given,
    store,
    redis,
    async close() {
      await store.close();
      redis?.close();
    },
    get jwtSecret() {
      return given.jwtSecret ?? keptSecret(given.dataDir, "jwt-secret");
    },
  };
}

/** Several processes share a cache through Redis or have none: one of them would not learn what another one drops. */
function cacheOf({ redis, natsUrl }: ReturnType<typeof openConfig>) {
  if (redis) return redisCache(redis);
  return natsUrl ? undefined : memoryCache();
}

/** What carries facts: JetStream between processes, else this process. */
function openBus({ natsUrl, cluster, nodeName, store }: ReturnType<typeof openConfig>, broker: ServiceBroker): Bus {
  const logger = broker.getLogger("bus");
  if (natsUrl) return jetstreamBus({ url: natsUrl, cluster, name: `${nodeName} facts`, logger });
  return embeddedBus({ openLetters: () => store.open(deadLetterCollection), logger });
}

/** The broker of one process. Order of the middlewares: the circuit breaker stands outside the timeout, so that it sees timeouts. */
export function brokerOptions(
  options: ReturnType<typeof openConfig>,
  services: readonly ServiceSchema[],
  own: Middleware[] = [],
): BrokerOptions {
  return {
    namespace: options.cluster,
    nodeID: options.nodeName,
    logger: logLines({ level: options.logLevel, forPeople: process.stdout.isTTY }),
    transporter: options.natsUrl ? new NatsTransporter(natsOptions(options.natsUrl)) : null,
    // Nodes of Moleculer 0.14 may join. Others hear soon of what has started: HEALTH_PORT counts on it.
    transit: { disableVersionCheck: true, ...({ serviceChangedDebounceTime: 100 } as object) },
    requestTimeout: DEFAULT_TIMEOUT_MS,
    retryPolicy: { enabled: false },
    heartbeatInterval: 2,
    heartbeatTimeout: 6,
    maxCallLevel: 50,
    tracking: { enabled: true, shutdownTimeout: 20_000 },
    registry: { stopDelay: 500, strategy: AnsweringFirst },
    // For nodes that answer badly; dead and silent ones are seen otherwise. A slow moment must not open it everywhere.
    circuitBreaker: { enabled: true, threshold: 0.5, minRequestCount: 20, windowTime: 30, halfOpenTime: 2000 },
    metrics: metricsOptions(options),
    tracing: tracingOptions(options),
    internalMiddlewares: false,
    middlewares: [
      ...(options.redis ? [redisMiddleware(options.redis)] : []),
      cacheMiddleware(cacheOf(options)),
      busMiddleware((broker) => openBus(options, broker)),
      largeAnswers(),
      ...own,
      storeMiddleware(options.store),
      silentNodes(),
      ...["ActionHook", "Validator", "Bulkhead", "Cacher", "ContextTracker", "Timeout", "CircuitBreaker"],
      callPath(),
      ...["Retry", "Fallback", "ErrorHandler"],
      traceMiddleware({ share: options.tracingShare }),
      metricsMiddleware(),
      ...["Debounce", "Throttle"],
      drainMiddleware(),
    ],
    created: (broker: ServiceBroker) => services.forEach((service) => broker.createService(service)),
  };
}

/** Without a port nothing is counted. */
function metricsOptions({ metricsPort: port }: Config): NonNullable<BrokerOptions["metrics"]> {
  if (port === 0) return { enabled: false };
  const reporter = new PrometheusReporter({ port, prefix: "hallabong_" }) as unknown as "Prometheus";
  return { enabled: true, collectProcessMetrics: false, reporter };
}

/** Without a collector no spans are made; the ids go on all the same. */
function tracingOptions({ tracingUrl: url, cluster }: Config): NonNullable<BrokerOptions["tracing"]> {
  if (!url) return { enabled: false };
  const { version } = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8")) as { version: string };
  return { enabled: true, exporter: new OtlpExporter({ url, cluster, version }) as unknown as "Zipkin" };
}

/** The services of some roles; importing them opens nothing. */
export async function loadServices(roles: readonly string[]): Promise<ServiceSchema[]> {
  const modules = roles.map((role) => import(`./services/${role}/${role}.service.ts`));
  return (await Promise.all(modules)).map((module) => module.default as ServiceSchema);
}

/** What a process needs besides its services to be ended well. */
const endingWell = (options: ReturnType<typeof openConfig>, { middlewares, ...product }: BrokerOptions) => ({
  ...product,
  middlewares: [...middlewares!, gracefulStop({ endsWithParent: process.env.npm_lifecycle_event !== undefined })],
  skipProcessEventRegistration: true,
  stopped: () => options.close(),
});

/** What Moleculer's runner calls. */
export default async function run(): Promise<BrokerOptions> {
  const options = await sound(async () => {
    const faults = await startFaults(needs(readConfig(process.env)));
    if (faults.length > 0) throw new ConfigError(faults);
    return config();
  });
  const services = await loadServices(options.roles);
  const own = options.healthPort > 0 ? [healthServer({ port: options.healthPort })] : [];
  const product = endingWell(options, brokerOptions(options, services, own));
  return {
    ...product,
    created(broker: ServiceBroker) {
      if (isCutOff(options))
        broker.logger.warn("Without NATS_URL this process reaches no services but those of its ROLES");
      product.created?.(broker);
    },
    started: () => announce(options),
  };
}

const isCutOff = ({ roles, natsUrl }: Config) => !natsUrl && SERVICES.some((service) => !roles.includes(service));

/** A person at a terminal gets a banner; a log gets one line like its others, whatever its level. */
function announce(options: Config): void {
  if (process.stdout.isTTY) return void process.stdout.write(banner(options));
  const { createLogger } = jsonLines({ level: "info" }).options;
  createLogger("info", { nodeID: options.nodeName, mod: "broker" }).info(readiness(options), "Hallabong is ready");
}

/**
 * An operator's process. It joins a running cluster without services, ports or stores, under a name that nobody else
 * has; without one it is the product itself.
 */
export async function operator(): Promise<BrokerOptions> {
  const given = await sound(async () => readConfig(process.env));
  if (!given.natsUrl) return run();
  const none = { mongoUrl: undefined, redisUrl: undefined, elasticsearchUrl: undefined, tracingUrl: undefined };
  const nodeName = `operator-${hostname()}-${process.pid}`;
  const options = useConfig({ ...given, ...none, nodeName, roles: [], metricsPort: 0, healthPort: 0, demo: false });
  return endingWell(options, brokerOptions(options, []));
}

/** What this process is going to open. */
const needs = ({ roles, port, healthPort, metricsPort, dataDir, ...given }: Config) => ({
  ports: { ...(roles.includes("gateway") && { PORT: port }), HEALTH_PORT: healthPort, METRICS_PORT: metricsPort },
  directories:
    given.mongoUrl && given.elasticsearchUrl && given.jwtSecret && given.smtpUrl ? {} : { DATA_DIR: dataDir },
});

/** Faults of the environment end the process. */
async function sound<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
