import { Agent, request } from "node:http";
import type { Person } from "../people.ts";
import type { Client } from "../world.ts";
import { completions, type Completion } from "./completions.ts";
import type { ApiDocument, Operation } from "./openapi.ts";
import type { Stage } from "./stage.ts";

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

/** Ids that exist; `carId` is the admin's own car. */
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

/** An id that nothing has. */
const NOBODYS_ID = "0193b5a0-7d3c-7c3e-9f5e-0d8f4d1c2b3a";

/** Sends requests byte for byte as the admin of a stage, and knows what exists. */
export class Prober {
  readonly stage: Stage;
  readonly api: ApiDocument;
  readonly known: Known;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 100 });

  private constructor(stage: Stage, api: ApiDocument, known: Known) {
    this.stage = stage;
    this.api = api;
    this.known = known;
  }

  static async open(stage: Stage, api: ApiDocument): Promise<Prober> {
    const modelVersion = (await stage.admin.get("/train/model")).body.version;
    const prober = new Prober(stage, api, { carId: "", modelVersion });
    await prober.offerCar();
    return prober;
  }

  /** The admin offers another car, as the one before may be gone. */
  async offerCar(): Promise<void> {
    this.known.carId = (await this.stage.admin.post("/cars", OFFER)).body.id;
  }

  /** Makes good what an accepted request has done to the one who sent it, and to what it is about. */
  async recover(route: string, { status, text }: Exchange): Promise<void> {
    if (status >= 300) return;
    const { admin } = this.stage;
    if (route === "DELETE /cars/:id") await this.offerCar();
    else if (/^P\w+ \/accounts\/users\/:handle$/.test(route)) {
      const { id, handle } = JSON.parse(text) as { id: string; handle: string };
      if (id === admin.account!.id) admin.account!.handle = handle;
    } else if (/^(POST|DELETE) \/accounts/.test(route)) await this.stage.keepAdmin();
  }

  /** Path parameters that name things which exist, or could. */
  idsFor(route: string): Values {
    if (route.includes("/models/:name")) return { name: "car-price", version: this.known.modelVersion };
    if (/\/cars\/(:id|similar)/.test(route)) return { id: this.known.carId };
    return { id: NOBODYS_ID, handle: this.stage.admin.account!.handle, provider: "google" };
  }

  /** A request that is allowed with what makes it good besides, and the headers of who sends it. */
  async completed(route: string, given: Input): Promise<[Input, Record<string, string>]> {
    const completion = await completions[route]?.(this.stage, (given.body ?? {}) as Values);
    return this.with({ ...given, path: { ...given.path, ...this.idsFor(route) } }, completion);
  }

  /** A request with what is known better. */
  with(given: Input, { path, query, body, as }: Completion = {}): [Input, Record<string, string>] {
    const input = { path: { ...given.path, ...path }, query: { ...given.query, ...query }, body: body ?? given.body };
    return [input, as ? bearer(as) : {}];
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

  /** One raw exchange; signed in as the admin unless the headers say otherwise. */
  exchange(route: string, target: string, body?: string, headers: Record<string, string> = {}): Promise<Exchange> {
    const { hostname, port } = new URL(this.stage.world.url);
    const method = route.split(" ")[0]!;
    const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
    const all = {
      ...("cookie" in headers ? {} : bearer(this.stage.admin)),
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

const bearer = ({ access }: Person | Client) => ({ authorization: `Bearer ${access}` });
const plain = (value: unknown): string =>
  (typeof value === "object" ? (JSON.stringify(value) ?? "") : String(value)).toWellFormed();
const escaped = (text: string) => encodeURIComponent(text.toWellFormed());
