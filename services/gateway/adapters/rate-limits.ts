import { RateLimiterMemory, RateLimiterRedis, type RateLimiterRes } from "rate-limiter-flexible";
import type { RedisLink } from "../../../mixins/redis.ts";
import { RateLimited } from "../gateway.contract.ts";
import type { Route } from "../domain/routes.ts";

export interface RateLimits {
  /** Counts one call of a client; answers the headers that tell what is left, and 429 when nothing is. */
  take(client: Client, route: Route): Promise<RateLimitState>;
}

/** Who is counted. */
interface Client {
  /** As `addressKey` tells it. */
  address: string;
  /** Undefined for who is not signed in. */
  accountId: string | undefined;
}

interface RateLimitState {
  headers: Record<string, string>;
  exceeded: ReturnType<typeof RateLimited> | undefined;
}

/** Every client's share over all routes. */
export const GENERAL_LIMIT = { points: 600, perSeconds: 60 };

/**
 * A general limit per client and the stricter ones that contracts ask for. A client is an account, else an address; the
 * stricter limit of a public route counts addresses alone: who has many accounts must not guess so many times more. All
 * gateways count together in Redis; without it, and while it is out of reach, each counts by itself.
 */
export function rateLimits(routes: readonly Route[], redis?: RedisLink): RateLimits {
  const general = limiter("general", GENERAL_LIMIT, redis);
  const strict = new Map(
    routes.flatMap(({ action, spec }) =>
      spec.rateLimit ? [[action, limiter(action, spec.rateLimit, redis)] as const] : [],
    ),
  );
  return {
    async take({ address, accountId = address }, route) {
      const own = strict.get(route.action);
      const counted = [consume(general, accountId)];
      if (own) counted.push(consume(own, route.spec.auth === "public" ? address : accountId));
      const states = await Promise.all(counted);
      const tightest = states.reduce((a, b) => (b.left < a.left ? b : a));
      return { headers: tightest.headers, exceeded: tightest.exceeded };
    },
  };
}

export const noRateLimits: RateLimits = { take: () => Promise.resolve({ headers: {}, exceeded: undefined }) };

type Limiter = RateLimiterMemory | RateLimiterRedis;

function limiter(name: string, { points, perSeconds }: typeof GENERAL_LIMIT, redis?: RedisLink): Limiter {
  const limit = { keyPrefix: `limit:${name}`, points, duration: perSeconds };
  const own = new RateLimiterMemory(limit);
  if (!redis) return own;
  return new RateLimiterRedis({
    ...limit,
    storeClient: redis.client(),
    insuranceLimiter: own,
    rejectIfRedisNotReady: true,
  });
}

async function consume(each: Limiter, client: string) {
  const state = await each.consume(client).catch((refused: RateLimiterRes) => refused);
  const over = state.consumedPoints > each.points;
  const resetSeconds = Math.max(1, Math.ceil(state.msBeforeNext / 1000));
  return {
    left: over ? -1 : state.remainingPoints,
    exceeded: over ? RateLimited({ retryAfterSeconds: resetSeconds }) : undefined,
    headers: {
      "RateLimit-Limit": String(each.points),
      "RateLimit-Remaining": String(Math.max(0, state.remainingPoints)),
      "RateLimit-Reset": String(resetSeconds),
    },
  };
}
