import type { PriceModel } from "../price-model.ts";
import type { OpenModel } from "./onnx-model.ts";

/** A loaded version that counts who works with it, so that it is released after its last call and not before. */
export class HeldModel {
  readonly version: string;
  /** Fingerprint of the files it was read from. */
  readonly print: string;
  readonly #model: OpenModel;
  #users = 0;
  #retired = false;
  #released: Promise<void> | undefined;

  constructor(version: string, print: string, model: OpenModel) {
    this.version = version;
    this.print = print;
    this.#model = model;
  }

  /** True when no new work may begin. */
  get retired(): boolean {
    return this.#retired;
  }

  async use<T>(work: (model: PriceModel) => T | Promise<T>): Promise<T> {
    this.#users += 1;
    try {
      return await work(this.#model);
    } finally {
      this.#users -= 1;
      // The call has its answer; a release that fails is not its business.
      this.#releaseWhenUnused().catch(() => {});
    }
  }

  /** No new work from now on; what is under way goes on and the last of it releases the model. */
  async retire(): Promise<void> {
    this.#retired = true;
    await this.#releaseWhenUnused();
  }

  async #releaseWhenUnused(): Promise<void> {
    if (this.#retired && this.#users === 0) await (this.#released ??= this.#model.release());
  }
}
