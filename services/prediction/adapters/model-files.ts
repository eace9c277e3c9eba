import { readFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { carEncoder, FEATURES, type CarEncoder, type CarInput, type EncoderTable } from "../domain/car-features.ts";
import type { ModelCard } from "../domain/model-card.ts";
import type { ModelBytes } from "./model.worker.ts";

/** A car and what the model answered for it when it was made. */
export type GoldenCar = { car: CarInput; mu: number; sigma: number; quantilesGbp: number[] };
export type GoldenCars = { tolerance: number; cars: GoldenCar[] };

/** A version directory in memory. */
export type ModelFiles = ModelBytes & { card: ModelCard; encoder: CarEncoder; golden: GoldenCars };

const Share = z.number().gt(0).max(1);
const Intervals = z.object({
  quantiles: z.object({ q10: z.number().lt(0), q25: z.number().lt(0), q75: z.number().gt(0), q90: z.number().gt(0) }),
  coverage: Share,
  unfamiliar: z.object({ sigmaFactor: z.number().min(1), coverage: Share }),
  unknownModel: z.object({ coverage: Share }),
});
/** What serving relies on in a card; the rest is published as it stands. */
const Card = z.looseObject({
  currency: z.string().regex(/^[A-Z]{3}$/),
  asOf: z.string(),
  features: z.array(z.string()).refine((names) => names.join() === FEATURES.join(), "Other features than this code's"),
  intervals: Intervals,
});
const Golden = z.object({
  tolerance: z.number().gt(0).max(0.01),
  cars: z
    .array(z.looseObject({ mu: z.number(), sigma: z.number(), quantilesGbp: z.array(z.number()).length(3) }))
    .min(1),
});
const Encoder = z.looseObject({ referenceYear: z.int(), brands: z.array(z.looseObject({ name: z.string() })).min(1) });

/**
 * Reads a version directory (its files are described in models/README.md). The directory's name is the version.
 * @throws Error that says which file is missing or wrong
 */
export async function readModelFiles(directory: string): Promise<ModelFiles> {
  const bytes = (name: string) => readFile(path.join(directory, name));
  const json = async (name: string, schema: z.ZodType) => {
    const content: unknown = JSON.parse((await bytes(name)).toString("utf8"));
    const parsed = schema.safeParse(content);
    if (!parsed.success) throw new Error(`${name}: ${z.prettifyError(parsed.error)}`);
    return content;
  };
  const card = (await json("card.json", Card)) as ModelCard;
  const table = (await json("encoder.json", Encoder)) as EncoderTable;
  return {
    onnx: await bytes("model.onnx"),
    trees: await bytes("trees.bin"),
    golden: (await json("golden.json", Golden)) as GoldenCars,
    encoder: carEncoder(table),
    card: { ...card, version: path.basename(directory) },
  };
}
