import type { ConnectOptions } from "mongoose";
import type { MongoAddress } from "./mongo-address.ts";

/** How long an operation looks for a server that takes it: less than most callers wait, more than a planned failover. */
export const PATIENCE_MS = 2500;

/**
 * What the collection port rests on; the address cannot change it.
 * Writes are acknowledged when the majority has them in its journal, so that no failover takes them back; one that is
 * not confirmed in time fails instead of hanging. Reads go to the primary and see its latest state: whoever decides by
 * a read (compare-and-set, who holds a taken key) needs what its write will meet, not what the majority knew before.
 * What leaves the store for good is read as the majority has it (see `MongoAdapter`).
 */
const FIXED = {
  writeConcern: { w: "majority", j: true, wtimeoutMS: PATIENCE_MS },
  readPreference: "primary",
  readConcern: { level: "local" },
  retryWrites: true,
  retryReads: true,
  autoIndex: false,
  autoCreate: false,
  bufferCommands: false,
  sanitizeFilter: true,
} as const satisfies ConnectOptions;

/** What the address may set otherwise. Milliseconds; a server that falls silent is noticed within four seconds. */
const USUAL = {
  maxPoolSize: 50,
  waitQueueTimeoutMS: PATIENCE_MS,
  serverSelectionTimeoutMS: PATIENCE_MS,
  connectTimeoutMS: 2000,
  heartbeatFrequencyMS: 2000,
  socketTimeoutMS: 30_000,
} as const satisfies ConnectOptions;

/** The options of the process's connection. `appName` is what the server's log calls it. */
export function settingsFor({ options }: MongoAddress, appName: string | undefined): ConnectOptions {
  const usual = Object.entries(USUAL).filter(([name]) => !options.has(name.toLowerCase()));
  const named = appName !== undefined && !options.has("appname");
  return { ...Object.fromEntries(usual), ...(named && { appName }), ...FIXED };
}
