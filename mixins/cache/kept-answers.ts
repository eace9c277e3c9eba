import { createHash } from "node:crypto";
import { z } from "zod";
import { attemptTimeoutMs, type Action } from "../contract.ts";
import { counter } from "../metrics/metrics.ts";
import { causesOf, tagsOf, type CacheRule } from "./cache-rule.ts";
import type { Look, ResultCache } from "./result-cache.ts";

/** Who asks, as far as a result may depend on it. */
interface Caller {
  accountId?: string;
  roles?: readonly string[];
}
interface Asked {
  params: unknown;
  caller: Caller;
}
/** A result with its text, which is the same for all who share it. */
interface Run {
  result: unknown;
  text: string | undefined;
}

const requests = counter(
  "cache_requests_total",
  "Calls of cached actions: hit, shared (the run of another call), miss, or bypass while the cache does not answer",
  ["action", "outcome"],
);

/**
 * The way of a call past the cache: a kept result, else the run of another call that asked for the same under the same
 * versions, else a run of its own, whose result is kept. Failures are not.
 */
export function keptAnswers(name: string, action: Action, rule: CacheRule) {
  const causes = causesOf(name, rule);
  const shape = digest(JSON.stringify(z.toJSONSchema(action.result, { unrepresentable: "any" })));
  const running = new Map<string, Promise<Run>>();
  const note = (outcome: string) => requests.add({ action: name, outcome });

  /** Results of another shape (of a newer or older version of the product) are not found. */
  function entryOf({ params, caller }: Asked): string {
    const given = params as Record<string, unknown>;
    const asked = Object.fromEntries(rule.keys.map((key) => [key, given[key]]));
    const whose = rule.byCaller ? [caller.accountId ?? null, ...[...(caller.roles ?? [])].sort()] : [];
    return `${name}:${digest(JSON.stringify([asked, whose, shape]))}`;
  }

  /** A run is shared no longer than an attempt may take: the next attempt has one of its own. */
  async function runShared(cache: ResultCache, entry: string, versions: string, run: () => unknown): Promise<Run> {
    const shared = `${entry} ${versions}`;
    const ended = Promise.resolve(run()).then((result): Run => ({ result, text: JSON.stringify(result) as string }));
    running.set(shared, ended);
    const forget = () => void (running.get(shared) === ended && running.delete(shared));
    const limit = setTimeout(forget, attemptTimeoutMs(action)).unref();
    try {
      const { result, text } = await ended;
      const isGood = text !== undefined && (rule.onlyIf?.(result as never) ?? true);
      if (isGood) void cache.keep(entry, { text, versions, ttlSeconds: rule.ttlSeconds });
      return { result, text };
    } finally {
      clearTimeout(limit);
      forget();
    }
  }

  return async (cache: ResultCache, asked: Asked, run: () => unknown): Promise<unknown> => {
    const entry = entryOf(asked);
    const { text, versions }: Look = await cache.look(entry, tagsOf(causes, asked.params as Record<string, unknown>));
    if (text !== undefined) return (note("hit"), JSON.parse(text));
    if (versions === undefined) return (note("bypass"), run());
    const other = running.get(`${entry} ${versions}`);
    if (other) return (note("shared"), copyOf(await other));
    note("miss");
    return (await runShared(cache, entry, versions, run)).result;
  };
}

/** Its own for everybody who shares a run: what one changes, another does not see. */
const copyOf = ({ result, text }: Run): unknown => (text === undefined ? result : JSON.parse(text));

const digest = (text: string) => createHash("sha256").update(text).digest("base64url").slice(0, 32);
