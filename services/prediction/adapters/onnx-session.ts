import { InferenceSession, Tensor } from "onnxruntime-node";
import { FEATURES } from "../domain/car-features.ts";

/** Raw answers for `mu.length` rows: three quantiles a row, mu and sigma. */
export type RawEstimates = { quantiles: Float32Array; mu: Float32Array; sigma: Float32Array };

export type OnnxSession = {
  /**
   * Runs whole rows of FEATURES values. The runtime computes on the calling thread, from the next turn of its event
   * loop on, and blocks it meanwhile.
   */
  run(rows: Float32Array): Promise<RawEstimates>;
  release(): Promise<void>;
};

/** One thread is the fastest for single rows and leaves the other cores to others. 4: only fatal errors are printed. */
const OPTIONS: InferenceSession.SessionOptions = { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 4 };

/** @throws Error when the bytes are no model */
export async function openSession(onnx: Uint8Array): Promise<OnnxSession> {
  const session = await InferenceSession.create(onnx, OPTIONS);
  return {
    async run(rows) {
      const features = new Tensor("float32", rows, [rows.length / FEATURES.length, FEATURES.length]);
      const out = await session.run({ features });
      const values = (name: keyof RawEstimates) => out[name]!.data as Float32Array;
      return { quantiles: values("quantiles"), mu: values("mu"), sigma: values("sigma") };
    },
    release: () => session.release(),
  };
}
