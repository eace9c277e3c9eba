import {
  DiscardPolicy,
  RetentionPolicy,
  StorageType,
  nanos,
  type JetStreamManager,
  type NatsError,
  type StreamConfig,
} from "nats";
import { layoutIn, type Names } from "./names.ts";

/** How much the server keeps. */
export interface StreamLimits {
  /** A subscriber may be away for this long and miss nothing. Default 7 days. */
  factsMaxAgeMs: number;
  /** Default 512 MiB. */
  factsMaxBytes: number;
  /** Default 5 million. */
  factsMaxCount: number;
  /** Default 30 days. */
  lettersMaxAgeMs: number;
  /** Default 64 MiB. */
  lettersMaxBytes: number;
  /** Copies of every message. Default 3 where the servers are a cluster of so many, else 1. */
  replicas?: number;
  /** While streams have fewer copies than they should, because servers are missing, they are looked at this often. Default a minute. */
  lookAgainMs: number;
}

const DAY_MS = 86_400_000;
const MIB = 2 ** 20;
export const DEFAULT_LIMITS: StreamLimits = {
  factsMaxAgeMs: 7 * DAY_MS,
  factsMaxBytes: 512 * MIB,
  factsMaxCount: 5_000_000,
  lettersMaxAgeMs: 30 * DAY_MS,
  lettersMaxBytes: 64 * MIB,
  lookAgainMs: 60_000,
};

/** Raise it with every change of what is written below: a process leaves alone what a newer layout has made. */
export const LAYOUT = 1;

/** A publisher that repeats itself within this time (its answer was lost, it was restarted) is understood. */
const DUPLICATES_MS = 2 * 60_000;

const UNKNOWN_STREAM = 10059;
const NAME_IN_USE = 10058;
const NO_ROOM_FOR_REPLICAS = [10005, 10074];

/**
 * Both streams refuse what is new when they are full, instead of dropping what is old: a refused fact is safe in its
 * document, a dropped one that somebody has not applied yet is lost.
 */
function wantedStreams(names: Names, limits: StreamLimits): Partial<StreamConfig>[] {
  const both = {
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.New,
    storage: StorageType.File,
    duplicate_window: nanos(Math.min(DUPLICATES_MS, limits.factsMaxAgeMs, limits.lettersMaxAgeMs)),
  };
  return [
    {
      ...both,
      name: names.factsStream,
      description: `Facts on their way to subscribers; layout ${LAYOUT}`,
      subjects: [names.allFacts],
      max_age: nanos(limits.factsMaxAgeMs),
      max_bytes: limits.factsMaxBytes,
      max_msgs: limits.factsMaxCount,
    },
    {
      ...both,
      name: names.lettersStream,
      description: `Facts that a subscriber could not apply; layout ${LAYOUT}`,
      subjects: [names.allLetters],
      max_age: nanos(limits.lettersMaxAgeMs),
      max_bytes: limits.lettersMaxBytes,
      max_msgs_per_subject: 1,
    },
  ];
}

/**
 * Makes the streams, or brings those of an older layout up to this one. Any number of processes may do so at once.
 * @returns false when too few servers are there for all the copies; then there is one of each message, or what was
 */
export async function ensureStreams(
  jsm: JetStreamManager,
  names: Names,
  limits: StreamLimits,
  isClustered: boolean,
): Promise<boolean> {
  const replicas = limits.replicas ?? (isClustered ? 3 : 1);
  let hasAllCopies = true;
  for (const wanted of wantedStreams(names, limits)) {
    try {
      await ensureStream(jsm, { ...wanted, num_replicas: replicas });
    } catch (error) {
      if (limits.replicas !== undefined || !NO_ROOM_FOR_REPLICAS.includes(errorCode(error))) throw error;
      hasAllCopies = false;
      await ensureStream(jsm, wanted);
    }
  }
  return hasAllCopies;
}

async function ensureStream(jsm: JetStreamManager, wanted: Partial<StreamConfig>): Promise<void> {
  const name = wanted.name!;
  const present = await unless(UNKNOWN_STREAM, jsm.streams.info(name));
  if (!present) {
    // Another process may be quicker with a layout of its own; the second look then finds it.
    const added = await unless(NAME_IN_USE, jsm.streams.add({ num_replicas: 1, ...wanted }));
    return added ? undefined : ensureStream(jsm, wanted);
  }
  if (layoutIn(present.config.description) > LAYOUT || includes(present.config, wanted)) return;
  await jsm.streams.update(name, { ...present.config, ...wanted });
}

/** True when everything wanted is as it should be. */
export const includes = (present: object, wanted: object): boolean =>
  Object.entries(wanted).every(
    ([field, value]) => JSON.stringify((present as Record<string, unknown>)[field]) === JSON.stringify(value),
  );

/** The number JetStream gives an error; 0 when it is not one of its own. */
export const errorCode = (error: unknown): number => (error as NatsError | undefined)?.api_error?.err_code ?? 0;

/** What was asked for, or undefined when it fails with that code. */
export async function unless<T>(code: number, asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (errorCode(error) === code) return undefined;
    throw error;
  }
}
