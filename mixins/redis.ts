import { Redis } from "ioredis";
import type { Middleware } from "moleculer";
import { failure } from "./failure.ts";
import { within } from "./within.ts";

/** A process's one connection to a Redis server that it can do without. */
export interface RedisLink {
  /**
   * Opens the connection when first called. Commands reject at once while the server is out of reach and after a
   * quarter of a second in any case; they are never queued or repeated.
   */
  client(): Redis;
  /** How often the connection was lost so far, or could not be made. */
  outages(): number;
  /** Resolves when the server has answered for the first time or has not within a second. */
  settled(): Promise<void>;
  /** One round trip; throws `REDIS_UNAVAILABLE`. */
  ping(): Promise<void>;
  /** Where outages are reported, once each, and their ends. */
  reportTo(log: Pick<Console, "warn">): void;
  close(): void;
}

export const RedisUnavailable = failure("REDIS_UNAVAILABLE", 503, "Redis does not answer; all goes on without it");

const COMMAND_LIMIT_MS = 250;
/** A connection on which nothing comes back for so long is given up, so that nobody waits for a server that hangs. */
const SILENCE_LIMIT_MS = 1000;
const CONNECT_LIMIT_MS = 2000;
const LONGEST_PAUSE_MS = 2000;
const pauseMs = (tries: number) =>
  Math.min(50 * 2 ** Math.min(tries, 10), LONGEST_PAUSE_MS) * (0.5 + Math.random() / 2);

/** `prefix` stands before every key; the path of the URL names the database. */
export function redisLink({ url, prefix }: { url: string; prefix: string }): RedisLink {
  let redis: Redis | undefined;
  let log: Pick<Console, "warn"> | undefined;
  let isGone = false;
  let outages = 0;

  function open(): Redis {
    const opened = new Redis(url, {
      keyPrefix: prefix,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      commandTimeout: COMMAND_LIMIT_MS,
      socketTimeout: SILENCE_LIMIT_MS,
      connectTimeout: CONNECT_LIMIT_MS,
      retryStrategy: pauseMs,
    });
    let reason = "the connection was closed";
    let isMisplaced = false;
    opened.on("connect", () => void (isMisplaced = false));
    opened.on("error", (error: Error & { command?: { name: string } }) => {
      if (isMisplaced) return;
      reason = error.message;
      if (error.command?.name !== "select") return;
      // ioredis would go on in database 0.
      isMisplaced = true;
      reason = `the database that REDIS_URL names cannot be used (${error.message})`;
      opened.disconnect(true);
    });
    opened.on("close", () => {
      if (isGone || redis !== opened) return;
      isGone = true;
      outages++;
      log?.warn(`Redis is out of reach, going on without it: ${reason}`);
    });
    opened.on("ready", () => {
      if (isMisplaced) return;
      if (isGone) log?.warn("Redis is back");
      isGone = false;
    });
    return opened;
  }

  const client = () => (redis ??= open());
  return {
    client,
    outages: () => outages,
    settled: () => (client().status === "ready" ? Promise.resolve() : settled(client())),
    ping: async () =>
      void (await client()
        .ping()
        .catch(() => Promise.reject(RedisUnavailable()))),
    reportTo: (given) => void (log = given),
    close() {
      const closing = redis;
      redis = undefined;
      closing?.disconnect();
    },
  };
}

async function settled(opening: Redis): Promise<void> {
  const outcome = new Promise((resolve) => opening.once("ready", resolve).once("close", resolve));
  await within(1000, outcome).catch(() => undefined);
}

/** Opens the connection before the services of a broker start, and reports outages to its log. */
export const redisMiddleware = (link: RedisLink): Middleware => ({
  name: "Redis",
  created: (broker) => link.reportTo(broker.getLogger("redis")),
  starting: () => link.settled(),
});
