import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import mongoose from "mongoose";
import { connect } from "nats";
import { discardMarket } from "../doubles/elasticsearch.ts";
import { eventually } from "../eventually.ts";
import { PRODUCT, run } from "../program.ts";
import { freePort } from "../servers.ts";
import { Client } from "../world.ts";

const NAMES = ["MONGO_URL", "NATS_URL", "ELASTICSEARCH_URL", "REDIS_URL"] as const;
const given = Object.fromEntries(NAMES.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
const title = `the product over ${Object.keys(given).join(", ")}`;
const START_LIMIT_MS = 180_000;

/** The product as `npm start` runs it, over the servers whose URLs are given, under a name space of its own. */
function overRealServers(): void {
  const dataDir = mkdtempSync(path.join(tmpdir(), "hallabong-real-"));
  const cluster = path.basename(dataDir);
  let product: ChildProcess;
  let output: () => string;
  let url: string;

  beforeAll(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const own = { CLUSTER: cluster, DATA_DIR: dataDir, PORT: String(port), METRICS_PORT: "0", DEMO: "off" };
    const mongo = given.MONGO_URL ? { MONGO_URL: ownDatabase(given.MONGO_URL, cluster) } : {};
    const running = run(PRODUCT, { ...given, ...mongo, ...own } as Record<string, string>);
    product = running.child;
    output = running.output;
    await eventually(async () => {
      if (product.exitCode !== null) return;
      expect((await fetch(`${url}/api/health/ready`)).status).toBe(200);
    }, START_LIMIT_MS);
    if (product.exitCode !== null) throw new Error(`The product ended:\n${output()}`);
  }, START_LIMIT_MS);

  afterAll(async () => {
    if (product.exitCode === null) {
      product.kill("SIGTERM");
      await once(product, "exit");
    }
    rmSync(dataDir, { recursive: true, force: true });
    if (given.MONGO_URL) await dropDatabase(ownDatabase(given.MONGO_URL, cluster));
    if (given.NATS_URL) await dropStreams(given.NATS_URL, cluster);
    if (given.ELASTICSEARCH_URL) await discardMarket(given.ELASTICSEARCH_URL, `${cluster.toLowerCase()}-cars`);
  });

  test("a car that is offered is found, edited and taken away", async () => {
    const seller = await new Client(url).signUp("seller");
    const offer = { brand: "Hyundai", model: "Tucson", year: 2018, mileage: 32_000, fuelType: "Petrol" };
    const published = await seller.post("/cars", { ...offer, transmission: "Manual", engineSize: 1.6, price: 14_500 });
    expect(published.status).toBe(201);
    const { id } = published.body;
    const found = () => seller.get("/cars/filter-search?brand=Hyundai");
    await eventually(async () => expect((await found()).body).toMatchObject({ total: 1, items: [{ id }] }));
    expect((await seller.patch(`/cars/${id}`, { price: 14_000 })).body).toMatchObject({ price: 14_000, version: 2 });
    await eventually(async () => expect((await found()).body.items).toMatchObject([{ price: 14_000 }]));
    expect((await seller.delete(`/cars/${id}`)).status).toBe(204);
    await eventually(async () => expect((await found()).body.total).toBe(0));
    expect((await seller.get(`/cars/${id}`)).status).toBe(404);
  });

  test("an Idempotency-Key makes one car of two requests", async () => {
    const seller = await new Client(url).signUp("seller");
    const offer = { brand: "Kia", model: "Ceed", year: 2016, mileage: 50_000, fuelType: "Petrol", price: 8000 };
    const body = { ...offer, transmission: "Manual", engineSize: 1.4 };
    const key = { "idempotency-key": "one-request-sent-twice" };
    const [first, second] = [await seller.post("/cars", body, key), await seller.post("/cars", body, key)];
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body.id).toBe(first.body.id);
  });

  test("everything it stands on answers", async () => {
    const { body } = await new Client(url).get("/health");
    expect(body).toMatchObject({ status: "ok" });
    expect(body.dependencies.filter(({ status }: { status: string }) => status !== "ok")).toEqual([]);
  });
}

function ownDatabase(url: string, name: string): string {
  const own = new URL(url);
  own.pathname = `/${name}`;
  return own.href;
}

async function dropDatabase(url: string): Promise<void> {
  const connection = await mongoose.createConnection(url).asPromise();
  await connection.dropDatabase().finally(() => connection.close());
}

async function dropStreams(url: string, cluster: string): Promise<void> {
  const connection = await connect({ servers: url });
  const manager = await connection.jetstreamManager();
  for await (const { config } of manager.streams.list()) {
    if (config.name.startsWith(`${cluster}-`)) await manager.streams.delete(config.name);
  }
  await connection.close();
}

if (Object.keys(given).length > 0) describe(title, overRealServers);
else test.skip(`the product over real servers: skipped: no ${NAMES.join(", ")}`, () => undefined);
