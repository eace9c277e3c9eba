import { RateLimiterMemory, type RateLimiterRes } from "rate-limiter-flexible";
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

/** Counts in this process: a general limit per client and the stricter ones that contracts ask for. */
export function rateLimits(routes: readonly Route[]): RateLimits {
  const general = limiter(GENERAL_LIMIT);
  const strict = new Map(
    routes.flatMap(({ action, spec }) => (spec.rateLimit ? [[action, limiter(spec.rateLimit)]] : [])),
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

const limiter = ({ points, perSeconds }: { points: number; perSeconds: number }) =>
  new RateLimiterMemory({ points, duration: perSeconds });

async function consume(each: RateLimiterMemory, client: string) {
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
