import path from "node:path";
import { ModelNotFound, ModelUnavailable } from "../prediction.contract.ts";
import type { PriceModel, PriceModels } from "../price-model.ts";
import { HeldModel } from "./held-model.ts";
import type { OpenModel } from "./onnx-model.ts";
import { fingerprint, isAsNew, versionsIn } from "./version-directory.ts";

type Log = { info(message: string): void; warn(message: string): void };
type ShelfOptions = {
  /** Holds one directory per version. */
  directory: string;
  openModel: (versionDirectory: string) => Promise<OpenModel>;
  /** How often to look for new versions. */
  checkEveryMs: number;
  log: Log;
  /** Called last, when every model has been released. */
  onClosed?: () => Promise<void>;
};

/** Versions that stay loaded beside the serving one because somebody asked for them by name. */
const MOST_BESIDE = 2;

/**
 * Serves versions from a directory: looks for new ones, tests them before they serve, swaps between two calls, and
 * releases a version after its last call. A version that fails its test is left aside until its files change.
 */
export class ModelShelf implements PriceModels {
  readonly #options: ShelfOptions;
  readonly #loaded = new Map<string, HeldModel>();
  readonly #loading = new Map<string, Promise<HeldModel>>();
  /** Fingerprints of the files of refused versions. */
  readonly #refused = new Map<string, string>();
  #serving: HeldModel | undefined;
  #pinned = false;
  #checking: Promise<void> | undefined;
  #turn: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ShelfOptions) {
    this.#options = options;
  }

  async open(): Promise<void> {
    await this.#check();
    if (!this.#serving)
      this.#options.log.warn(`No price model in ${this.#options.directory} can serve; waiting for one that can`);
    this.#timer = setInterval(() => void this.#check(), this.#options.checkEveryMs).unref();
  }

  async use<T>(work: (model: PriceModel) => T | Promise<T>, version?: string): Promise<T> {
    for (;;) {
      const held = version === undefined ? this.#servingModel() : await this.#modelNamed(version);
      if (!held.retired) return held.use(work);
    }
  }

  versions(): Promise<string[]> {
    return versionsIn(this.#options.directory);
  }

  load(version?: string): Promise<string> {
    return this.#inTurn(async () => {
      if (version === undefined) await this.#serveNewest(() => true);
      else this.#serve(await this.#freshModel(version));
      this.#pinned = version !== undefined;
      return this.#servingModel().version;
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#turn;
    await Promise.allSettled(this.#loading.values());
    const all = new Set([...this.#loaded.values(), ...(this.#serving ? [this.#serving] : [])]);
    this.#serving = undefined;
    await Promise.all([...all].map((held) => this.#retire(held)));
    await this.#options.onClosed?.();
  }

  #servingModel(): HeldModel {
    if (!this.#serving) throw ModelUnavailable({ detail: "No price model is ready" });
    return this.#serving;
  }

  /** A version by name, without a look at its files when it is loaded already. */
  async #modelNamed(version: string): Promise<HeldModel> {
    if (this.#serving?.version === version) return this.#serving;
    const loaded = this.#loaded.get(version);
    if (!loaded) return this.#freshModel(version);
    // Last asked for stands last: room is made at the front.
    this.#loaded.delete(version);
    this.#loaded.set(version, loaded);
    return loaded;
  }

  /** Looks for newer versions; a look that is under way counts. */
  #check(): Promise<void> {
    const isNewer = (version: string) => !this.#serving || isAsNew(version, this.#serving.version);
    return (this.#checking ??= this.#inTurn(async () => (this.#pinned ? undefined : this.#serveNewest(isNewer)))
      .catch((error: Error) => this.#options.log.warn(`Looking for price models failed: ${error.message}`))
      .finally(() => (this.#checking = undefined)));
  }

  /** Looks and loads change what serves one after another. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.then(
      () => {},
      () => {},
    );
    return done;
  }

  /** Serves the newest eligible version that passes its test; when none does, what serves goes on. */
  async #serveNewest(eligible: (version: string) => boolean): Promise<void> {
    for (const version of (await this.versions()).filter(eligible)) {
      const held = await this.#freshModel(version).catch(() => undefined);
      if (held) return this.#serve(held);
    }
  }

  #serve(held: HeldModel): void {
    const old = this.#serving;
    if (old === held) return;
    this.#serving = held;
    this.#options.log.info(`Price model ${held.version} serves${old ? ` after ${old.version}` : ""}`);
    if (old) void this.#retire(old);
  }

  /** The version as its files are now; a reload when they changed. */
  async #freshModel(version: string): Promise<HeldModel> {
    const print = await fingerprint(this.#options.directory, version);
    if (print === undefined) throw ModelNotFound({ detail: `There is no version ${version.slice(0, 64)}` });
    const loaded = this.#serving?.version === version ? this.#serving : this.#loaded.get(version);
    if (loaded?.print === print) return loaded;
    if (this.#refused.get(version) === print) throw ModelUnavailable({ detail: `Version ${version} failed its tests` });
    const key = `${version} ${print}`;
    const loading = this.#loading.get(key) ?? this.#load(version, print).finally(() => this.#loading.delete(key));
    this.#loading.set(key, loading);
    return loading;
  }

  async #load(version: string, print: string): Promise<HeldModel> {
    const model = await this.#options.openModel(path.join(this.#options.directory, version)).catch((error: Error) => {
      this.#refused.set(version, print);
      this.#options.log.warn(`Price model ${version} is refused: ${error.message}`);
      throw ModelUnavailable({ detail: `Version ${version} failed its tests` });
    });
    const held = new HeldModel(version, print, model);
    const before = this.#loaded.get(version);
    this.#loaded.set(version, held);
    if (before && before !== this.#serving) await this.#retire(before);
    await this.#makeRoom(held);
    return held;
  }

  /** Retires what was asked for longest ago, besides the serving version and the newcomer. */
  async #makeRoom(newcomer: HeldModel): Promise<void> {
    const beside = [...this.#loaded.values()].filter((held) => held !== this.#serving && held !== newcomer);
    const tooMany = Math.max(0, beside.length + 1 - MOST_BESIDE);
    await Promise.all(beside.slice(0, tooMany).map((held) => this.#retire(held)));
  }

  async #retire(held: HeldModel): Promise<void> {
    if (this.#loaded.get(held.version) === held) this.#loaded.delete(held.version);
    await held
      .retire()
      .catch((error: Error) =>
        this.#options.log.warn(`Releasing price model ${held.version} failed: ${error.message}`),
      );
  }
}
