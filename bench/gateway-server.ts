/**
 * One of the servers that `bench/gateway.ts` and `bench/observing.ts` compare: told by its arguments which one, where the
 * store is, and what else stands in its environment.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ServiceBroker } from "moleculer";
import { brokerOptions, readConfig, useConfig } from "../moleculer.config.ts";
import { answers } from "../mixins/answer.ts";
import type { Collection } from "../mixins/collection/collection.ts";
import { sqliteStore } from "../mixins/collection/sqlite-store.ts";
import { contract, Id } from "../mixins/contract.ts";
import type { TokenIssuer } from "../mixins/tokens/access-gate.ts";
import { gatewayService } from "../services/gateway/gateway.service.ts";
import { openGatewayStore } from "../services/gateway/gateway.store.ts";
import { Car } from "../services/listings/listings.contract.ts";
import { z } from "zod";
import { peer } from "./peers.ts";

const fields = {
  kind: "car" as const,
  sellerId: null,
  status: "onSale" as const,
  demo: true,
  brand: "Hyundai",
  model: "Tucson",
  year: 2018,
  mileage: 32_000,
  mileageUnit: "mi" as const,
  fuelType: "Petrol" as const,
  transmission: "Manual" as const,
  engineSize: 1.6,
  price: 14_500,
  currency: "GBP",
  title: "2018 Hyundai Tucson",
  description: "One owner, full service history, two keys. ".repeat(5),
  tax: 145,
  mpg: 44.8,
  accident: false,
  region: "Jeju",
  images: ["https://images.example.com/tucson.webp"],
};

/** The one car that everybody reads. The first process that opens the store puts it there. */
export async function openCars(directory: string) {
  const store = sqliteStore({ directory });
  const cars: Collection<typeof fields> = await store.open<typeof fields>({
    service: "bench",
    noun: "car",
    fields: {},
  });
  const [known] = (await cars.find({ limit: 1 })).items;
  const { id } = known ?? (await cars.insert(fields));
  const read = async (carId: string) => {
    const { rev, ...car } = (await cars.get(carId))!;
    return { ...car, version: rev };
  };
  return { id, read, store, close: () => store.close() };
}

type Read = Awaited<ReturnType<typeof openCars>>["read"];

async function bare(read: Read): Promise<number> {
  const server = createServer((request, response) => {
    void read(request.url!.slice("/api/cars/".length)).then((car) => {
      const body = JSON.stringify(car);
      response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
      response.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

interface Fastify {
  get(path: string, handler: (request: { params: { id: string } }) => Promise<unknown>): void;
  listen(options: { port: number; host: string }): Promise<string>;
}

async function withFastify(read: Read): Promise<number> {
  const fastify = (await peer<() => Fastify>("fastify"))();
  fastify.get("/api/cars/:id", ({ params }) => read(params.id));
  return Number(new URL(await fastify.listen({ port: 0, host: "127.0.0.1" })).port);
}

const Cars = contract("cars", {
  car: {
    http: "GET /cars/:id",
    auth: "public",
    idempotent: true,
    summary: "Reads one car",
    params: z.strictObject({ id: Id }),
    result: Car,
  },
});

/** Nobody signs in. */
const issuer: TokenIssuer = {
  event: "bench.tokensEnded",
  isThere: () => true,
  keys: () => Promise.resolve([]),
  endings: () => Promise.resolve({ endings: [], asOfMs: Date.now() }),
};

async function withGateway(read: Read, directory: string, env: Record<string, string>): Promise<number> {
  const opened = useConfig(readConfig({ METRICS_PORT: "0", LOG_LEVEL: "fatal", DATA_DIR: directory, ...env }));
  const settings = {
    port: 0,
    jwtSecret: "a secret for benches only, 32 b.",
    publicUrl: "http://localhost:3000",
    corsOrigins: [],
    trustedProxies: [],
    rateLimits: false,
  };
  const gateway = gatewayService({
    contracts: [Cars],
    essential: [Cars],
    dependencies: [],
    issuer,
    settings: () => settings,
    openStore: () => openGatewayStore(opened.store.open),
  });
  const cars = { name: "cars", actions: answers(Cars, { car: ({ id }) => read(id) }) };
  const broker = new ServiceBroker(brokerOptions(opened, [cars, gateway]));
  await broker.start();
  const { server } = broker.getLocalService("gateway") as unknown as { server: { address(): AddressInfo } };
  return server.address().port;
}

if (process.send) {
  const [kind, directory, env = "{}"] = process.argv.slice(2) as [string, string, string?];
  const { read } = await openCars(directory);
  const servers: Record<string, () => Promise<number>> = {
    "node:http": () => bare(read),
    fastify: () => withFastify(read),
    gateway: () => withGateway(read, directory, JSON.parse(env) as Record<string, string>),
  };
  process.on("message", () => {
    const { user, system } = process.cpuUsage();
    process.send!(user + system);
  });
  process.send(await servers[kind]!());
}
