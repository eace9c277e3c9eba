import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { ServiceBroker, type BrokerOptions, type Middleware } from "moleculer";
import { brokerOptions, loadServices, readConfig, useConfig } from "../moleculer.config.ts";

/** One HTTP answer: `body` is parsed when it is JSON, else text. */
export interface Answer {
  status: number;
  headers: Headers;
  // Tests read answers by name; their shape is checked against the OpenAPI document, not by the compiler.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  body: any;
}

interface Sending {
  body?: unknown;
  headers?: Record<string, string>;
}

/** Somebody who talks to the market over HTTP; after `signUp` as a member. */
export class Client {
  readonly url: string;
  access: string | undefined;
  account: { id: string; handle: string } | undefined;

  constructor(url: string) {
    this.url = url;
  }

  get = (to: string, headers?: Record<string, string>) => this.send("GET", to, headers ? { headers } : {});
  post = (to: string, body: unknown, headers: Record<string, string> = {}) => this.send("POST", to, { body, headers });
  patch = (to: string, body: unknown, headers: Record<string, string> = {}) =>
    this.send("PATCH", to, { body, headers });
  delete = (to: string, headers: Record<string, string> = {}) => this.send("DELETE", to, { headers });

  /** `to` is a path below /api, or from the root when it starts with `//`. */
  async send(method: string, to: string, { body, headers = {} }: Sending): Promise<Answer> {
    const response = await fetch(this.url + (to.startsWith("//") ? to.slice(1) : `/api${to}`), {
      method,
      headers: {
        ...(this.access ? { authorization: `Bearer ${this.access}` } : {}),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      redirect: "manual",
    });
    const text = await response.text();
    const json = /[/+]json/.test(response.headers.get("content-type") ?? "") && text !== "";
    return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text };
  }

  /** Registers an account under a name of its own and uses its token from here on. */
  async signUp(name: string): Promise<this> {
    const email = `${name}-${Math.random().toString(36).slice(2)}@example.com`;
    const answer = await this.post("/accounts/registration", { email, password: `the pass phrase of ${name}` });
    if (answer.status !== 201)
      throw new Error(`Registration answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    this.access = answer.body.access;
    this.account = answer.body.user;
    return this;
  }
}

export interface World {
  broker: ServiceBroker;
  url: string;
  dataDir: string;
  /** Somebody new, not signed in. */
  visitor(): Client;
  /** Somebody with an account. */
  member(name: string): Promise<Client>;
  /** Takes a service away, as if its process had died. */
  takeAway(service: string): Promise<void>;
  close(): Promise<void>;
}

export interface WorldOptions {
  roles?: string[];
  env?: Record<string, string>;
  middlewares?: Middleware[];
  /** Broker options that differ from the product's. */
  broker?: BrokerOptions;
}

const EVERYTHING = ["accounts", "exports", "gateway", "listings", "prediction", "search"];

/**
 * Boots services as the product does, on embedded defaults, in a directory of its own; every result is parsed against
 * its contract. One world at a time in a test file: the configuration belongs to the process.
 */
export async function openWorld({
  roles = EVERYTHING,
  env = {},
  middlewares = [],
  broker: differing = {},
}: WorldOptions = {}): Promise<World> {
  const dataDir = env.DATA_DIR ?? mkdtempSync(path.join(tmpdir(), "hallabong-"));
  const defaults = {
    PORT: "0",
    METRICS_PORT: "0",
    DEMO: "off",
    RATE_LIMITS: "off",
    LOG_LEVEL: "fatal",
    DATA_DIR: dataDir,
  };
  const opened = useConfig(readConfig({ ...defaults, ...env }));
  const broker = new ServiceBroker({
    ...brokerOptions(opened, await loadServices(roles), middlewares),
    strictResults: true,
    tracking: { enabled: true, shutdownTimeout: 2000 },
    skipProcessEventRegistration: true,
    ...differing,
  });
  await broker.start();
  const url = `http://127.0.0.1:${roles.includes("gateway") ? portOf(broker) : 0}`;
  return {
    broker,
    url,
    dataDir,
    visitor: () => new Client(url),
    member: (name) => new Client(url).signUp(name),
    takeAway: async (service) => broker.destroyService(broker.getLocalService(service)!),
    close: async () => {
      await broker.stop();
      await opened.close();
      if (!env.DATA_DIR) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

const portOf = (broker: ServiceBroker) =>
  (broker.getLocalService("gateway") as unknown as { server: { address(): AddressInfo } }).server.address().port;
