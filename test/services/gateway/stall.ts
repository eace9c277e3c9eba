import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { ServiceBroker, type BrokerOptions } from "moleculer";
import { answers } from "../../../mixins/answer.ts";
import { sqliteStore } from "../../../mixins/collection/sqlite-store.ts";
import { gatewayService, type GatewayPorts } from "../../../services/gateway/gateway.service.ts";
import type { GatewaySettings } from "../../../services/gateway/open-edge.ts";
import { openGatewayStore, type GatewayStore } from "../../../services/gateway/gateway.store.ts";
import { csrfTokens } from "../../../mixins/tokens/csrf-token.ts";
import { testIssuer } from "../../token-issuer.ts";
import { thingHandlers, Things } from "./things.ts";

export const SECRET = "a secret for tests only, 32 bytes";
/** Who issues the tokens that the gateway believes. */
export const issuer = testIssuer();
export const csrfToken = csrfTokens(SECRET);
export const accessOf = (accountId: string, ...roles: string[]) =>
  issuer.sign({ accountId, roles, sessionId: `session-of-${accountId}` }, Date.now());

export interface Stall {
  broker: ServiceBroker;
  url: string;
  port: number;
  /** Names of the actions that ran, in order. */
  calls: string[];
  /** The once-keys that `make` saw. */
  onceKeys: (string | undefined)[];
  /** While set, `make` waits for it. */
  hold: Promise<void> | undefined;
  /** The status that `make` refuses its next call with. */
  refuseOnce: 401 | 403 | 429 | undefined;
  store: GatewayStore;
  /** Where the gateway keeps its records. */
  directory: string;
  log: string[];
  warnings: string[];
  send(
    method: string,
    to: string,
    options?: { headers?: Record<string, string>; body?: unknown },
  ): Promise<StallAnswer>;
  close(): Promise<void>;
}

interface StallAnswer {
  status: number;
  headers: Headers;
  text: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  body: any;
}

interface StallOptions {
  settings?: Partial<GatewaySettings>;
  ports?: Partial<GatewayPorts>;
  broker?: BrokerOptions;
}

/** A gateway in front of one fake service, on a real broker, port and store. */
export async function openStall({
  settings = {},
  ports = {},
  broker: options = {},
}: StallOptions = {}): Promise<Stall> {
  const directory = mkdtempSync(path.join(tmpdir(), "stall-"));
  const files = sqliteStore({ directory });
  const store = await openGatewayStore(files.open);
  const log: string[] = [];
  const broker = new ServiceBroker({
    logger: { type: "Console", options: { level: "error", formatter: () => [] } },
    strictResults: true,
    skipProcessEventRegistration: true,
    ...options,
  });
  const stall: Stall = {
    broker,
    store,
    directory,
    log,
    warnings: [],
    url: "",
    port: 0,
    calls: [],
    onceKeys: [],
    hold: undefined,
    refuseOnce: undefined,
    send: (method, to, options) => send(stall.url, method, to, options),
    async close() {
      await broker.stop();
      await files.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  broker.createService({ name: "things", actions: answers(Things, thingHandlers(stall)) });
  const gateway = broker.createService(
    gatewayService({
      contracts: [Things],
      essential: [Things],
      dependencies: [],
      issuer,
      settings: () => ({
        port: 0,
        jwtSecret: SECRET,
        publicUrl: "http://localhost:3000",
        corsOrigins: ["https://app.example.com"],
        trustedProxies: [],
        rateLimits: false,
        ...settings,
      }),
      openStore: () => Promise.resolve(store),
      ...ports,
    }),
  );
  gateway.logger.error = (...args: unknown[]) => void log.push(args.map(String).join(" "));
  gateway.logger.warn = (...args: unknown[]) => void stall.warnings.push(args.map(String).join(" "));
  await broker.start();
  stall.port = (gateway as unknown as { server: { address(): AddressInfo } }).server.address().port;
  stall.url = `http://127.0.0.1:${stall.port}`;
  return stall;
}

async function send(
  url: string,
  method: string,
  to: string,
  { headers = {}, body }: { headers?: Record<string, string>; body?: unknown } = {},
): Promise<StallAnswer> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(url + to, {
    method,
    headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
    ...(body === undefined ? {} : { body: text }),
  });
  const answer = await response.text();
  const isJson = /json/.test(response.headers.get("content-type") ?? "") && answer !== "";
  return {
    status: response.status,
    headers: response.headers,
    text: answer,
    body: isJson ? JSON.parse(answer) : undefined,
  };
}
