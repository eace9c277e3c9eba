import { z } from "zod";
import type { Action, FactKind } from "../contract.ts";

/** What a result depends on, and how long it may be given again. */
export interface CacheRule {
  /** The parameters, by name, that the result depends on: all that tell two calls apart. */
  keys: readonly string[];
  /** All its other parameters: whatever they say, the result is the same. */
  regardlessOf?: readonly string[];
  /** At most 3600. Also how long a result may live on that nobody could be told is stale. */
  ttlSeconds: number;
  /** The result differs from caller to caller; needed wherever nobody but a member may ask. */
  byCaller?: boolean;
  /** What makes kept results stale before their time. A thunk: facts stand below their contract. */
  staleOn?: () => readonly StaleRule[];
  /** Only a result of which this holds is kept; default: every one. */
  onlyIf?: (result: never) => boolean;
}

/** Something that makes kept results stale and that nobody has to hear of but the cache. */
export interface Change {
  readonly changeName: string;
}

/** A fact or change makes stale what was kept under a value of one parameter or, without one, whatever depends on it. */
export interface StaleRule {
  readonly cause: string;
  readonly param?: string;
}

/** Declares a change; who makes it says so with `dropResults`. */
export const change = (changeName: string): Change => ({ changeName });

/**
 * States what makes results stale: with `param`, those whose parameter of this name the fact is about. Throws for a
 * fact that does not say what it is about.
 */
export function staleOn(kind: FactKind | Change, param?: string): StaleRule {
  const cause = "changeName" in kind ? kind.changeName : kind.factName;
  if (param !== undefined && "factName" in kind && !kind.isAbout)
    throw new Error(`${cause} does not say about what it is`);
  return { cause, ...(param !== undefined && { param }) };
}

/** What a cause drops: all that depends on it as such, and what depends on it for one of these values. */
export const droppedTags = (cause: string, about: readonly string[] = []): string[] => [
  cause,
  ...about.map((value) => `${cause}:${value}`),
];

/** What a result with these parameters depends on; the tags that a cause drops. */
export function tagsOf(rules: readonly StaleRule[], params: Readonly<Record<string, unknown>>): string[] {
  return rules.map(({ cause, param }) => {
    const value = param === undefined ? undefined : params[param];
    return value === undefined ? cause : `${cause}:${String(value)}`;
  });
}

const LONGEST_TTL_SECONDS = 3600;

/** Throws unless the results of an action can be kept by its rule without anybody getting what is not theirs. */
export function requireGoodRule(name: string, action: Action): void {
  const { cache: rule, params, http, auth, idempotent, otherResults } = action;
  if (!rule) return;
  const known = params instanceof z.ZodObject ? Object.keys(params.shape) : [];
  const named = [...rule.keys, ...(rule.regardlessOf ?? [])];
  const strangers = named.filter((name) => !known.includes(name));
  const forgotten = known.filter((name) => !named.includes(name));
  const isRead = idempotent && (http === undefined || http.startsWith("GET "));
  const faults = [
    !(params instanceof z.ZodObject) && "its parameters have no names",
    strangers.length > 0 && `it has no parameter ${strangers.join(", ")}`,
    forgotten.length > 0 && `its rule says nothing of ${forgotten.join(", ")}`,
    !isRead && "only idempotent reads can be kept",
    auth !== undefined && auth !== "public" && !rule.byCaller && "what is not for everybody is kept by caller",
    otherResults && "a result with a status of its own cannot be kept",
    !(rule.ttlSeconds > 0 && rule.ttlSeconds <= LONGEST_TTL_SECONDS) && "ttlSeconds lies above 0, up to 3600",
  ].filter((fault) => typeof fault === "string");
  if (faults.length > 0) throw new Error(`${name} cannot be cached: ${faults.join("; ")}`);
}

/** The causes of a rule; throws when one tells by a parameter that does not tell the results apart. */
export function causesOf(name: string, rule: CacheRule): readonly StaleRule[] {
  const causes = rule.staleOn?.() ?? [];
  const strange = causes.find(({ param }) => param !== undefined && !rule.keys.includes(param));
  if (strange) throw new Error(`${name} cannot be cached: ${strange.param} is not among its keys`);
  return causes;
}
