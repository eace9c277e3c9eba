import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ServiceBroker } from "moleculer";
import { memoryCache } from "../mixins/cache/memory-cache.ts";
import { redisCache } from "../mixins/cache/redis-cache.ts";
import type { ResultCache } from "../mixins/cache/result-cache.ts";
import { brokerOptions, loadServices, readConfig, useConfig } from "../moleculer.config.ts";
import { redisLink } from "../mixins/redis.ts";
import { Listings } from "../services/listings/listings.contract.ts";
import { Search } from "../services/search/search.contract.ts";
import { keepInFlight, median, type Figures } from "./in-flight.ts";

/**
 * Cached actions with no cache, with the one in memory and with the one in Redis (REDIS_URL, or 127.0.0.1:6379/9): calls
 * a second, latencies, and the processor time of the whole process per call, which says the same on a busy machine as on
 * an idle one. 16 calls in flight over a few thousand demo cars; rounds alternate; medians of five.
 */
const IN_FLIGHT = 16;
const ROUNDS = 5;
const ROUND_MS = 700;

const dataDir = mkdtempSync(path.join(tmpdir(), "bench-cache-"));
const settings = { PORT: "0", METRICS_PORT: "0", DEMO: "on", LOG_LEVEL: "error", DATA_DIR: dataDir };
const options = useConfig(readConfig(settings));
const services = await loadServices(["listings", "prediction", "search"]);
const broker = new ServiceBroker(brokerOptions(options, services));
const redis = redisLink({
  url: process.env.REDIS_URL ?? "redis://127.0.0.1:6379/9",
  prefix: `bench-cache-${process.pid}:`,
});
await Promise.all([broker.start(), redis.settled()]);
await redis.ping();

/** Waits until search holds all demo cars, and nothing is being indexed any more. */
async function cars(): Promise<string[]> {
  for (let before = -1; ;) {
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const { cars: now, catchingUp } = await Search.health(broker, {});
    if (!catchingUp && now > 0 && now === before) break;
    before = now;
  }
  const { items } = await Search.filterCars(broker, { size: 50, sort: "newest" });
  return items.map(({ id }) => id);
}

const ids = await cars();
let asked = 0;
const calls: Record<string, () => Promise<unknown>> = {
  "search.topBrands": () => Search.topBrands(broker, {}),
  "search.priceDistribution": () => Search.priceDistribution(broker, { brand: "Audi" }),
  "search.depreciation": () => Search.depreciation(broker, { brand: "Audi" }),
  "listings.car (50 cars in turn)": () => Listings.car(broker, { id: ids[asked++ % ids.length]! }),
};
const caches: Record<string, ResultCache | undefined> = {
  none: undefined,
  memory: memoryCache(),
  Redis: redisCache(redis),
};

type Round = Figures & { cpuMicros: number };

async function measure(call: () => Promise<unknown>): Promise<Round> {
  const before = process.cpuUsage();
  const figures = await keepInFlight(call, { inFlight: IN_FLIGHT, durationMs: ROUND_MS });
  const { user, system } = process.cpuUsage(before);
  return { ...figures, cpuMicros: (user + system) / figures.calls };
}

const rounds = new Map<string, Round[]>();
for (let round = 0; round < ROUNDS; round++)
  for (const [name, call] of Object.entries(calls))
    for (const [kind, cache] of Object.entries(caches)) {
      Object.assign(broker, { resultCache: cache });
      const key = `${name} | ${kind}`;
      rounds.set(key, [...(rounds.get(key) ?? []), await measure(call)]);
    }
const figure = (key: string, name: keyof Round) => median(rounds.get(key)!.map((round) => round[name]));
console.log("| action | cache | calls/s | p50 ms | p99 ms | CPU µs a call | against none |");
console.log("| --- | --- | ---: | ---: | ---: | ---: | ---: |");
for (const key of rounds.keys()) {
  const [p50, p99] = [figure(key, "p50Ms"), figure(key, "p99Ms")].map((ms) => ms.toFixed(2));
  const cpuMicros = figure(key, "cpuMicros");
  const ratio = (cpuMicros / figure(`${key.split(" | ")[0]} | none`, "cpuMicros")).toFixed(3);
  const perSecond = figure(key, "perSecond").toFixed(0);
  console.log(`| ${key} | ${perSecond} | ${p50} | ${p99} | ${cpuMicros.toFixed(0)} | ${ratio} |`);
}

await redis.client().quit();
redis.close();
await broker.stop();
await options.close();
rmSync(dataDir, { recursive: true });
