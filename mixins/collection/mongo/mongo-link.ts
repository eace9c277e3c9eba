import { setTimeout as pause } from "node:timers/promises";
import type { Connection, mongo } from "mongoose";
import { StoreFault } from "../collection.ts";
import { readAddress } from "./mongo-address.ts";
import { isPassing, isRefusal, reasonOf } from "./mongo-errors.ts";
import { PATIENCE_MS, settingsFor } from "./mongo-settings.ts";

/** How often somebody who waits for the server is told so. */
const SAY_EVERY_MS = 5000;
const PAUSE_MS = 500;
/** Views reread a minute of changes; clocks that differ by less than a sixth of that cannot hide one. */
const MOST_SKEW_MS = 10_000;
const WRITABLE = new Set<string>(["RSPrimary", "Standalone", "Mongos", "LoadBalancer"]);

export interface MongoLinkOptions {
  url: string;
  appName: string | undefined;
}

/** The process's one connection to MongoDB: made when first asked for, patient at the start, watched afterwards. */
export class MongoLink {
  readonly #options: MongoLinkOptions;
  readonly #address: ReturnType<typeof readAddress>;
  readonly #closing = new AbortController();
  #log: Pick<Console, "warn"> = console;
  #connecting: Promise<Connection> | undefined;
  readonly #onReturn = new Set<() => Promise<void>>();
  #saidAt = 0;
  #lostAt: number | undefined;
  #isReplicated = false;

  constructor(options: MongoLinkOptions) {
    this.#options = options;
    this.#address = readAddress(options.url);
  }

  /** Waits until the server is there. Throws `StoreFault` for what waiting does not mend. */
  connection(): Promise<Connection> {
    this.#connecting ??= this.patiently(() => this.#connect()).catch((error: unknown) => {
      this.#connecting = undefined;
      throw error;
    });
    return this.#connecting;
  }

  /** Replicated data has a state that no failover takes back. */
  get isReplicated(): boolean {
    return this.#isReplicated;
  }

  /** True when no server that takes writes has been seen for longer than an operation would look for one. */
  get isLost(): boolean {
    return this.#lostAt !== undefined && Date.now() - this.#lostAt > PATIENCE_MS;
  }

  reportTo(log: Pick<Console, "warn">): void {
    this.#log = log;
  }

  /** Tells whoever operates the process. */
  warn(line: string): void {
    this.#log.warn(line);
  }

  /** Work for whenever the server is back after an outage. Answers how to call it off. */
  onReturn(work: () => Promise<void>): () => void {
    this.#onReturn.add(work);
    return () => void this.#onReturn.delete(work);
  }

  /** Repeats work of the start while the server is away, and says for what it waits. */
  async patiently<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (this.#closing.signal.aborted) throw new StoreFault("The store was closed", { cause: error });
        if (isRefusal(error)) throw this.#fault("refuses us", error);
        if (!isPassing(error)) throw error;
        this.#sayWaiting(error);
      }
      await pause(PAUSE_MS, undefined, { signal: this.#closing.signal }).catch(() => undefined);
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const opened = await this.#connecting?.catch(() => undefined);
    await opened?.close();
  }

  /** Mongoose takes a third of a second to load: only processes that use it pay for it. */
  async #connect(): Promise<Connection> {
    if (!this.#address.isEncoded)
      throw new StoreFault("User and password in MongoDB's address must be percent-encoded");
    const { default: mongoose } = await import("mongoose");
    const connection = mongoose.createConnection();
    try {
      await connection.openUri(this.#options.url, settingsFor(this.#address, this.#options.appName));
      await this.#look(connection);
      this.#watch(connection.getClient());
      return connection;
    } catch (error) {
      await connection.destroy().catch(() => undefined);
      throw isPassing(error) || isRefusal(error) ? error : this.#fault("cannot be used", error);
    }
  }

  /** What the server is, once: some of it is worth a warning. */
  async #look(connection: Connection): Promise<void> {
    const { setName, msg, localTime } = await connection.db!.command({ hello: 1 });
    this.#isReplicated = typeof setName === "string" || msg === "isdbgrid";
    if (!this.#isReplicated) {
      this.#warn("is no replica set: a write whose connection breaks is not repeated");
    }
    const skewMs = localTime instanceof Date ? Math.abs(localTime.getTime() - Date.now()) : 0;
    if (skewMs > MOST_SKEW_MS) {
      this.#warn(`has a clock that differs from ours by ${Math.round(skewMs / 1000)} s: views may miss changes`);
    }
  }

  #watch(client: mongo.MongoClient): void {
    client.on("topologyDescriptionChanged", ({ newDescription }) => {
      const isThere = [...newDescription.servers.values()].some(({ type }) => WRITABLE.has(type));
      if (this.#closing.signal.aborted || isThere === (this.#lostAt === undefined)) return;
      if (isThere) this.#warn(`is back after ${((Date.now() - this.#lostAt!) / 1000).toFixed(1)} s`);
      else this.#warn("does not answer: reads and writes are refused until it does");
      this.#lostAt = isThere ? undefined : Date.now();
      if (isThere) for (const work of this.#onReturn) void this.patiently(work).catch(this.#complain);
    });
  }

  #sayWaiting(error: unknown): void {
    if (Date.now() - this.#saidAt < SAY_EVERY_MS) return;
    this.#saidAt = Date.now();
    this.warn(`Waiting for MongoDB at ${this.#address.where}: ${reasonOf(error, this.#address.secrets)}`);
  }

  readonly #complain = (error: unknown): void => {
    if (!this.#closing.signal.aborted) this.#warn(`is not as it should be: ${reasonOf(error, this.#address.secrets)}`);
  };

  #fault(what: string, error: unknown): StoreFault {
    const { where, secrets } = this.#address;
    return new StoreFault(`MongoDB at ${where} ${what}: ${reasonOf(error, secrets)}`, { cause: error });
  }

  #warn(what: string): void {
    this.warn(`MongoDB at ${this.#address.where} ${what}`);
  }
}
