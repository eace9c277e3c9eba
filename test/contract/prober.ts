import { Agent, request } from "node:http";
import type { Client } from "../world.ts";
import type { ApiDocument, Operation } from "./openapi.ts";

export type Values = Record<string, unknown>;

/** What a request to a route carries. */
export interface Input {
  path: Values;
  query: Values;
  body: unknown;
}

export interface Exchange {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  contentType: string;
  text: string;
}

/** Ids that exist; `carId` is the member's own car. */
export interface Known {
  carId: string;
  modelVersion: string;
}

const OFFER = {
  brand: "Kia",
  model: "Rio",
  year: 2016,
  mileage: 40000,
  fuelType: "Petrol",
  transmission: "Manual",
  engineSize: 1.2,
  price: 5200,
};

/** Sends requests byte for byte as a member, and knows what exists. */
export class Prober {
  readonly url: string;
  readonly api: ApiDocument;
  readonly member: Client;
  readonly known: Known;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 100 });

  private constructor(url: string, api: ApiDocument, member: Client, known: Known) {
    this.url = url;
    this.api = api;
    this.member = member;
    this.known = known;
  }

  static async open(url: string, api: ApiDocument, member: Client): Promise<Prober> {
    const modelVersion = (await member.get("/train/model")).body.version;
    const prober = new Prober(url, api, member, { carId: "", modelVersion });
    await prober.offerCar();
    return prober;
  }

  /** The member offers another car, as the one before may be gone. */
  async offerCar(): Promise<void> {
    this.known.carId = (await this.member.post("/cars", OFFER)).body.id;
  }

  /** Path parameters that name things which exist. */
  idsFor(route: string): Values {
    if (route.includes("/models/:name")) return { name: "car-price", version: this.known.modelVersion };
    return /\/cars\/(:id|similar)/.test(route) ? { id: this.known.carId } : {};
  }

  operation(route: string): Operation {
    const [method, path] = route.split(" ") as [string, string];
    const template = path.replace(/:(\w+)/g, "{$1}");
    const found = this.api.operations.find(
      (o) => o.method === method && (o.path === template || o.path === `/api${template}`),
    );
    if (!found) throw new Error(`${route} is missing in the OpenAPI document`);
    return found;
  }

  /** The path of a route with ids that exist. */
  pathOf(route: string, ids: Values = this.idsFor(route)): string {
    return this.operation(route).path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(plain(ids[name])));
  }

  send(route: string, { path, query, body }: Input, headers: Record<string, string> = {}): Promise<Exchange> {
    const search = Object.entries(query).flatMap(([name, value]) =>
      (Array.isArray(value) ? value : [value]).map((one) => `${escaped(name)}=${escaped(plain(one))}`),
    );
    const at = this.pathOf(route, path);
    const json = body === undefined ? {} : { "content-type": "application/json" };
    const text = body === undefined ? undefined : JSON.stringify(body);
    return this.exchange(route, search.length > 0 ? `${at}?${search.join("&")}` : at, text, { ...json, ...headers });
  }

  /** One raw exchange; signed in as the member unless the headers say otherwise. */
  exchange(route: string, target: string, body?: string, headers: Record<string, string> = {}): Promise<Exchange> {
    const { hostname, port } = new URL(this.url);
    const method = route.split(" ")[0]!;
    const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
    const all = {
      ...("cookie" in headers ? {} : { authorization: `Bearer ${this.member.access}` }),
      ...length,
      ...headers,
    };
    return new Promise((resolve, reject) => {
      const sent = request({ hostname, port, method, path: target, agent: this.#agent, headers: all }, (answer) => {
        let text = "";
        answer.setEncoding("utf8");
        answer.on("data", (chunk: string) => (text += chunk));
        answer.on("end", () => {
          const contentType = answer.headers["content-type"] ?? "";
          resolve({ status: answer.statusCode!, headers: answer.headers, contentType, text });
        });
      });
      sent.on("error", reject).end(body);
    });
  }

  close = () => this.#agent.destroy();
}

const plain = (value: unknown): string =>
  (typeof value === "object" ? (JSON.stringify(value) ?? "") : String(value)).toWellFormed();
const escaped = (text: string) => encodeURIComponent(text.toWellFormed());
