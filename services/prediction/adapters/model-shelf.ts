import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { ModelNotFound, ModelUnavailable } from "../prediction.contract.ts";
import type { PriceModel, PriceModels } from "../price-model.ts";
import type { OpenModel } from "./onnx-model.ts";

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

/** A loaded version and how many calls are working with it. */
type Place = { version: string; print: string; model: OpenModel; users: number; retired: boolean; released: boolean };

const VERSION_NAME = /^[A-Za-z0-9][\w.-]{0,63}$/;
/** Versions that stay loaded beside the serving one because somebody asked for them by name. */
const MOST_BESIDE = 2;
const newestFirst = new Intl.Collator("en", { numeric: true });

/**
 * Serves versions from a directory: looks for new ones, tests them before they serve, swaps between two calls, and
 * releases a version after its last call. A version that fails its test is left aside until its files change.
 */
export class ModelShelf implements PriceModels {
  readonly #options: ShelfOptions;
  readonly #loaded = new Map<string, Place>();
  readonly #loading = new Map<string, Promise<Place>>();
  /** Fingerprints of the files of refused versions. */
  readonly #refused = new Map<string, string>();
  #serving: Place | undefined;
  #pinned = false;
  #checking: Promise<void> | undefined;
  #turn: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ShelfOptions) {
    this.#options = options;
  }

  async open(): Promise<void> {
    await this.#check();
    this.#timer = setInterval(() => void this.#check(), this.#options.checkEveryMs).unref();
  }

  async use<T>(work: (model: PriceModel) => T | Promise<T>, version?: string): Promise<T> {
    const place = version === undefined ? this.#servingPlace() : await this.#placeNamed(version);
    place.users += 1;
    try {
      return await work(place.model);
    } finally {
      place.users -= 1;
      await this.#releaseWhenUnused(place);
    }
  }

  async versions(): Promise<string[]> {
    const entries = await readdir(this.#options.directory, { withFileTypes: true }).catch(() => []);
    return entries
      .filter((entry) => entry.isDirectory() && VERSION_NAME.test(entry.name))
      .map((entry) => entry.name)
      .sort((a, b) => newestFirst.compare(b, a));
  }

  load(version?: string): Promise<string> {
    return this.#inTurn(async () => {
      if (version === undefined) await this.#serveNewest(() => true);
      else this.#serve(await this.#freshPlace(version));
      this.#pinned = version !== undefined;
      return this.#servingPlace().version;
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#turn;
    const places = new Set([...this.#loaded.values(), ...(this.#serving ? [this.#serving] : [])]);
    this.#serving = undefined;
    await Promise.all([...places].map((place) => this.#retire(place)));
    await this.#options.onClosed?.();
  }

  #servingPlace(): Place {
    if (!this.#serving) throw ModelUnavailable({ detail: "No price model is ready" });
    return this.#serving;
  }

  /** A version by name, without a look at its files when it is loaded already. */
  async #placeNamed(version: string): Promise<Place> {
    if (this.#serving?.version === version) return this.#serving;
    for (;;) {
      const place = this.#loaded.get(version) ?? (await this.#freshPlace(version));
      if (place.retired) continue;
      // Last asked for stands last: room is made at the front.
      this.#loaded.delete(version);
      this.#loaded.set(version, place);
      return place;
    }
  }

  /** Looks for newer versions; a look that is under way counts. */
  #check(): Promise<void> {
    const isNewer = (version: string) =>
      this.#serving === undefined || newestFirst.compare(version, this.#serving.version) >= 0;
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
      const place = await this.#freshPlace(version).catch(() => undefined);
      if (place) return this.#serve(place);
    }
  }

  #serve(place: Place): void {
    const old = this.#serving;
    if (old === place) return;
    this.#serving = place;
    this.#options.log.info(`Price model ${place.version} serves${old ? ` after ${old.version}` : ""}`);
    if (old) void this.#retire(old);
  }

  /** The version as its files are now; a reload when they changed. */
  async #freshPlace(version: string): Promise<Place> {
    const print = await this.#fingerprint(version);
    const loaded = this.#serving?.version === version ? this.#serving : this.#loaded.get(version);
    if (loaded?.print === print) return loaded;
    if (this.#refused.get(version) === print) throw ModelUnavailable({ detail: `Version ${version} failed its tests` });
    const key = `${version} ${print}`;
    const loading = this.#loading.get(key) ?? this.#load(version, print).finally(() => this.#loading.delete(key));
    this.#loading.set(key, loading);
    return loading;
  }

  async #load(version: string, print: string): Promise<Place> {
    const model = await this.#options.openModel(path.join(this.#options.directory, version)).catch((error: Error) => {
      this.#refused.set(version, print);
      this.#options.log.warn(`Price model ${version} is refused: ${error.message}`);
      throw ModelUnavailable({ detail: `Version ${version} failed its tests` });
    });
    const place = { version, print, model, users: 0, retired: false, released: false };
    const before = this.#loaded.get(version);
    this.#loaded.set(version, place);
    if (before && before !== this.#serving) await this.#retire(before);
    await this.#makeRoom(place);
    return place;
  }

  /** Retires what was asked for longest ago, besides the serving version and the newcomer. */
  async #makeRoom(newcomer: Place): Promise<void> {
    const beside = [...this.#loaded.values()].filter((place) => place !== this.#serving && place !== newcomer);
    await Promise.all(
      beside.slice(0, Math.max(0, beside.length - MOST_BESIDE + 1)).map((place) => this.#retire(place)),
    );
  }

  /** Names and times of a version's files; changes whenever one of them does. */
  async #fingerprint(version: string): Promise<string> {
    const directory = path.join(this.#options.directory, version);
    const names = VERSION_NAME.test(version) ? await readdir(directory).catch(() => undefined) : undefined;
    if (!names) throw ModelNotFound({ detail: `There is no version ${version.slice(0, 64)}` });
    const stats = await Promise.all(names.sort().map((name) => stat(path.join(directory, name))));
    return stats.map(({ mtimeMs, size, ino }, index) => `${names[index]}:${size}:${mtimeMs}:${ino}`).join();
  }

  async #retire(place: Place): Promise<void> {
    place.retired = true;
    if (this.#loaded.get(place.version) === place) this.#loaded.delete(place.version);
    await this.#releaseWhenUnused(place);
  }

  async #releaseWhenUnused(place: Place): Promise<void> {
    if (!place.retired || place.users > 0 || place.released) return;
    place.released = true;
    await place.model
      .release()
      .catch((error: Error) => this.#options.log.warn(`Releasing ${place.version} failed: ${error.message}`));
  }
}
