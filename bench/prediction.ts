import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { cpus, tmpdir } from "node:os";
import path from "node:path";
import { Worker } from "node:worker_threads";
import { ServiceBroker, type ServiceSchema } from "moleculer";
import { brokerOptions, loadServices, readConfig, useConfig } from "../moleculer.config.ts";
import { openSession } from "../services/prediction/adapters/onnx-session.ts";
import { carEncoder, encodeCar, type EncoderTable } from "../services/prediction/domain/car-features.ts";
import { Prediction } from "../services/prediction/prediction.contract.ts";
import type { HttpLoad } from "./http-load.worker.ts";
import { CAR } from "./car.ts";
import { keepInFlight, median, type Figures } from "./in-flight.ts";

/**
 * Predictions a second and their latencies at 1, 16 and 64 in flight: through the broker, through HTTP, and by a bare
 * onnxruntime session, all in one run. The rounds of all contestants alternate; figures are medians of five rounds.
 * The processor time of the event loop's thread per call says the same on a busy machine as on an idle one.
 */
const IN_FLIGHT = [1, 16, 64];
const ROUNDS = 5;
const ROUND_MS = 900;
const WARM_UP_MS = 400;

const column = (name: string, datatype: string, value: unknown) => ({ name, datatype, shape: [1], data: [value] });
const INFERENCE = {
  inputs: Object.entries(CAR).map(([name, value]) => column(name, typeof value === "string" ? "BYTES" : "FP32", value)),
};

type Contestant = { name: string; run: (inFlight: number, durationMs: number) => Promise<Figures> };

/** Search that finds nothing, so that quotes cost what they cost without it. */
const emptySearch: ServiceSchema = {
  name: "search",
  actions: { comparables: () => ({ comparables: [] }) },
};

async function bareSession(modelDir: string): Promise<Contestant> {
  const versions = readdirSync(path.join(modelDir, "car-price")).sort(
    new Intl.Collator("en", { numeric: true }).compare,
  );
  const file = (name: string) => readFileSync(path.join(modelDir, "car-price", versions.at(-1)!, name));
  const encoder = carEncoder(JSON.parse(file("encoder.json").toString()) as EncoderTable);
  const { features } = encodeCar(encoder, { ...CAR, mileageMiles: CAR.mileage });
  const session = await openSession(file("model.onnx"));
  return {
    name: "bare onnxruntime session, one row a run",
    run: (inFlight, durationMs) => keepInFlight(() => session.run(features), { inFlight, durationMs }),
  };
}

const inBroker = (name: string, call: () => Promise<unknown>): Contestant => ({
  name,
  run: (inFlight, durationMs) => keepInFlight(call, { inFlight, durationMs }),
});

/** The client is a thread of its own; its requests reach the server through a socket. */
const overHttp = (client: Worker, url: string, route: string, body: unknown): Contestant => ({
  name: `HTTP POST ${route}`,
  async run(inFlight, durationMs) {
    const load: HttpLoad = { url: url + route, body: JSON.stringify(body), inFlight, durationMs };
    client.postMessage(load);
    const [figures] = (await once(client, "message")) as [Figures];
    return figures;
  },
});

type Round = Figures & { cpuMicros: number };

/** One stretch of load with the processor time that this thread spent on it. */
async function measure({ run }: Contestant, inFlight: number): Promise<Round> {
  const before = process.threadCpuUsage();
  const figures = await run(inFlight, ROUND_MS);
  const { user, system } = process.threadCpuUsage(before);
  return { ...figures, cpuMicros: (user + system) / figures.calls };
}

async function compare(contestants: readonly Contestant[]): Promise<void> {
  const rounds = new Map<string, Round[]>();
  for (const { run } of contestants) await run(16, WARM_UP_MS);
  for (let round = 0; round < ROUNDS; round++)
    for (const contestant of contestants)
      for (const inFlight of IN_FLIGHT) {
        const key = `${contestant.name} | ${inFlight}`;
        rounds.set(key, [...(rounds.get(key) ?? []), await measure(contestant, inFlight)]);
      }
  const figure = (key: string, name: keyof Round) => median(rounds.get(key)!.map((round) => round[name]));
  console.log("\n| | in flight | per second | against bare | p50 ms | p99 ms | CPU µs a call |");
  console.log("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
  for (const key of rounds.keys()) {
    const bare = `${contestants[0]!.name} | ${key.split(" | ")[1]}`;
    const perSecond = figure(key, "perSecond");
    const latencies = [figure(key, "p50Ms"), figure(key, "p99Ms")].map((ms) => ms.toFixed(2)).join(" | ");
    const ratio = (perSecond / figure(bare, "perSecond")).toFixed(2);
    console.log(
      `| ${key} | ${perSecond.toFixed(0)} | ${ratio} | ${latencies} | ${figure(key, "cpuMicros").toFixed(0)} |`,
    );
  }
}

const dataDir = mkdtempSync(path.join(tmpdir(), "bench-prediction-"));
const settings = {
  PORT: "0",
  METRICS_PORT: "0",
  DEMO: "off",
  RATE_LIMITS: "off",
  LOG_LEVEL: "error",
  DATA_DIR: dataDir,
};
const options = useConfig(readConfig(settings));
const broker = new ServiceBroker(
  brokerOptions(options, [emptySearch, ...(await loadServices(["prediction", "gateway"]))]),
);
await broker.start();
const gateway = broker.getLocalService("gateway") as unknown as { server: { address(): AddressInfo } };
const url = `http://127.0.0.1:${gateway.server.address().port}`;
const client = new Worker(new URL("./http-load.worker.ts", import.meta.url));
const { model } = await Prediction.health(broker, {});
console.log(`${model.name} ${model.version}, Node ${process.version}, ${cpus().length} × ${cpus()[0]!.model.trim()}`);
await compare([
  await bareSession(options.modelDir),
  inBroker("broker.call prediction.rate of one car (estimate alone)", () => Prediction.rate(broker, { cars: [CAR] })),
  inBroker("broker.call prediction.value (valuation with contributions)", () => Prediction.value(broker, CAR)),
  inBroker("broker.call prediction.predict (quote: and 25-point curve)", () => Prediction.predict(broker, CAR)),
  overHttp(client, url, "/v2/models/car-price/infer", INFERENCE),
  overHttp(client, url, "/api/train/predict", CAR),
]);
await client.terminate();
await broker.stop();
await options.store.close();
rmSync(dataDir, { recursive: true });
