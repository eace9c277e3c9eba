import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ServiceBroker, type ServiceSchema } from "moleculer";
import { onnxModels } from "../../../services/prediction/adapters/open-models.ts";
import type { ModelCard } from "../../../services/prediction/domain/model-card.ts";
import type { GoldenCars } from "../../../services/prediction/adapters/model-files.ts";
import { predictionService } from "../../../services/prediction/prediction.service.ts";

/** The committed model, newest version. */
const COMMITTED = path.resolve("models/car-price");
const VERSION = readdirSync(COMMITTED).sort().at(-1)!;
const json = <T>(name: string): T => JSON.parse(readFileSync(path.join(COMMITTED, VERSION, name), "utf8"));
export const GOLDEN = json<GoldenCars>("golden.json");
export const CARD = json<ModelCard>("card.json");

export const AUDI = {
  brand: "Audi",
  model: "A6",
  year: 2017,
  mileage: 21_000,
  fuelType: "Diesel",
  engineSize: 3,
} as const;

/** A directory of model versions, made of copies of the committed one. */
export function modelShelf() {
  const modelDir = mkdtempSync(path.join(tmpdir(), "models-"));
  const file = (version: string, name: string) => path.join(modelDir, "car-price", version, name);
  return {
    modelDir,
    put(version: string): void {
      mkdirSync(path.join(modelDir, "car-price"), { recursive: true });
      cpSync(path.join(COMMITTED, VERSION), path.join(modelDir, "car-price", version), { recursive: true });
    },
    /** Changes one file of a version; undefined takes it away. */
    spoil(version: string, name: string, change: (content: Buffer) => Buffer | string | undefined): void {
      const content = change(readFileSync(file(version, name)));
      if (content === undefined) rmSync(file(version, name));
      else writeFileSync(file(version, name), content);
    },
    remove: () => rmSync(modelDir, { recursive: true, force: true }),
  };
}

/** A node with the real prediction service and perhaps others beside it; results are parsed. */
export async function predictionNode(options: {
  modelDir?: string;
  fxRates?: Record<string, number>;
  beside?: ServiceSchema[];
  checkEveryMs?: number;
}): Promise<ServiceBroker> {
  const { modelDir = path.resolve("models"), fxRates = {}, beside = [], checkEveryMs = 20 } = options;
  const broker = new ServiceBroker({ nodeID: "pricer", logger: false, transporter: null, strictResults: true });
  beside.forEach((service) => broker.createService(service));
  broker.createService(
    predictionService({ models: (log) => onnxModels({ modelDir, log, checkEveryMs }), fxRates: () => fxRates }),
  );
  await broker.start();
  return broker;
}
