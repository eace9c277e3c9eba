import type { Service, ServiceBroker, ServiceSchema } from "moleculer";
import { config } from "../../moleculer.config.ts";
import { answers, type Handlers } from "../../mixins/answer.ts";
import type { Carrier, Contract } from "../../mixins/contract.ts";
import type { OpenApiDocument } from "../../mixins/openapi.ts";
import { neighboursStarted } from "../../mixins/neighbours.ts";
import type { RedisLink } from "../../mixins/redis.ts";
import { accessGate, type TokenIssuer } from "../../mixins/tokens/access-gate.ts";
import { Accounts } from "../accounts/accounts.contract.ts";
import { Exports } from "../exports/exports.contract.ts";
import { Listings } from "../listings/listings.contract.ts";
import { Prediction } from "../prediction/prediction.contract.ts";
import { Search } from "../search/search.contract.ts";
import { docsHeaders, docsHtml } from "./adapters/docs-page.ts";
import { withFinishedRequests } from "./adapters/finished-requests.ts";
import { check, healthReport, readiness, type HealthChecks } from "./adapters/health-checks.ts";
import { webServer } from "./adapters/web-server.ts";
import { interfaceDocument, TITLE } from "./domain/interface-document.ts";
import { routeTable } from "./domain/routes.ts";
import type { Edge } from "./edge.ts";
import { Gateway } from "./gateway.contract.ts";
import { showHealth } from "./gateway.metrics.ts";
import { openGatewayStore, type GatewayStore } from "./gateway.store.ts";
import { once, type Once } from "./once.ts";
import { openEdge, type GatewaySettings } from "./open-edge.ts";
import { tokenIssuer } from "./token-issuer.ts";

export interface GatewayPorts {
  /** What is offered, besides the gateway's own routes. */
  contracts: readonly Contract[];
  essential: readonly Contract[];
  dependencies: HealthChecks["dependencies"];
  /** Who makes the tokens that callers show. */
  issuer: TokenIssuer;
  /** Asked when the service starts. */
  settings: () => GatewaySettings;
  openStore: () => Promise<GatewayStore>;
  clock?: () => number;
}

/** The edge to HTTP clients: all routes of the contracts, and nothing else. */
export function gatewayService({
  contracts,
  essential,
  dependencies,
  issuer,
  settings,
  openStore,
  clock = Date.now,
}: GatewayPorts): ServiceSchema {
  const table = routeTable([...contracts, Gateway]);
  const document = interfaceDocument([...contracts, Gateway]);
  const leaseMs = 2 * Math.max(15_000, ...table.routes.map(({ spec }) => spec.timeoutMs ?? 0));
  const gate = accessGate(issuer);
  let store: GatewayStore;
  let requests: Once;
  let way: Edge;
  let hideHealth = () => {};
  let redis: RedisLink | undefined;
  const checks = (): HealthChecks => ({
    essential: essential.map(({ $name }) => $name),
    services: contracts.map(({ $name }) => $name),
    dependencies: [
      ...dependencies,
      { name: "gateway-store", service: "gateway", ask: () => store.ping() },
      ...(redis ? [{ name: "redis", ask: redis.ping }] : []),
    ],
  });
  return {
    name: "gateway",
    mixins: [
      webServer(() => way),
      gate.mixin,
      {
        // The hooks of the last mixin run first: all is open before the server of the one above listens.
        async started(this: Service) {
          const given = settings();
          redis = given.redis;
          store = await openStore();
          if (redis) store = withFinishedRequests(store, redis, clock);
          requests = once({ store, leaseMs, clock, ...livesIn(this.broker) });
          way = openEdge({ table, once: requests, ...gate, settings: given, logger: this.logger });
          Object.assign(this.settings, { port: given.port });
          hideHealth = showHealth(() => healthReport(this.broker, checks()));
          await neighboursStarted(this);
        },
        async stopped() {
          hideHealth();
          requests.stop();
          await store.close();
        },
      },
    ],
    actions: answers(Gateway, handlers(checks, document)),
  };
}

const handlers = (checks: () => HealthChecks, document: OpenApiDocument): Handlers<typeof Gateway> => ({
  live: () => ({ status: "ok" }),
  async ready(_params, ctx) {
    const { missing, degraded } = await readiness(ctx.broker, checks());
    if (missing.length === 0) return { status: "ok", degraded };
    ctx.meta.$statusCode = 503;
    return { status: "unavailable", missing, degraded };
  },
  health: (_params, ctx) => healthReport(ctx.broker, checks()),
  async predictionHealth(_params, ctx) {
    const { answer, latencyMs } = await check(ctx, (via) => Prediction.health(via, {}));
    if (answer) return { status: "ok", ...answer, latencyMs };
    ctx.meta.$statusCode = 504;
    return { status: "fail" };
  },
  openapi: () => document,
  docs(_params, ctx) {
    ctx.meta.$responseHeaders = docsHeaders;
    return docsHtml(TITLE);
  },
});

/** This life of this process, and whether another one is not seen any more. */
const livesIn = ({ registry, instanceID }: ServiceBroker) => ({
  holder: instanceID,
  isGone: (holder: string) => registry.getNodeList({ onlyAvailable: true }).every((node) => node.instanceID !== holder),
});

/** The contracts whose published actions are offered, besides the gateway's own. */
export const offered: readonly Contract[] = [Accounts, Exports, Listings, Search, Prediction];

async function searchHealth(via: Carrier) {
  const health = await Search.health(via, {});
  return health.catchingUp ? "Catching up with the listings" : health;
}

export default gatewayService({
  contracts: offered,
  essential: [Accounts, Listings],
  dependencies: [
    { name: "search-engine", service: "search", ask: searchHealth },
    { name: "price-model", service: "prediction", ask: (via) => Prediction.health(via, {}) },
  ],
  issuer: tokenIssuer,
  settings: () => config(),
  openStore: () => openGatewayStore(config().store.open),
});
