import { RateLimiterMemory, RateLimiterRedis, type RateLimiterRes } from "rate-limiter-flexible";
import type { RedisLink } from "../../../mixins/redis.ts";
import { RateLimited } from "../gateway.contract.ts";
import type { Route } from "../domain/routes.ts";

export interface RateLimits {
  /** Counts one call of a client; answers the headers that tell what is left. Throws 429 when nothing is. */
  take(client: string, route: Route): Promise<RateLimitState>;
}

interface RateLimitState {
  headers: Record<string, string>;
  exceeded: ReturnType<typeof RateLimited> | undefined;
}

/** Every client's share over all routes. */
export const GENERAL_LIMIT = { points: 600, perSeconds: 60 };

/**
 * A general limit per client and the stricter ones that contracts ask for. All gateways count together in Redis; without
 * it, and while it is out of reach, each counts by itself.
 */
export function rateLimits(routes: readonly Route[], redis?: RedisLink): RateLimits {
  const general = limiter("general", GENERAL_LIMIT, redis);
  const strict = new Map(
    routes.flatMap(({ action, spec }) =>
      spec.rateLimit ? [[action, limiter(action, spec.rateLimit, redis)] as const] : [],
    ),
  );
  return {
    async take(client, route) {
      const limiters = [general, strict.get(route.action)].filter((each) => each !== undefined);
      const states = await Promise.all(limiters.map((each) => consume(each, client)));
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
