import { z } from "zod";
import { uuidv7 } from "uuidv7";
import { requireGoodRule, type CacheRule } from "./cache/cache-rule.ts";
import type { FailureKind } from "./failure.ts";
import { currentTrace, type TraceContext } from "./trace-context.ts";

export { change, staleOn, type CacheRule } from "./cache/cache-rule.ts";

/** Who may call a published action. `public` needs nobody; `member` any signed-in account; a role that role or `admin`. */
export type Auth = "public" | "member" | "advertiser" | "moderator" | "admin";

export type HttpRoute = `${"GET" | "POST" | "PUT" | "PATCH" | "DELETE"} /${string}`;

/** What every action declares: one definition gives validation, types, the route and its OpenAPI description. */
interface ActionBase<P extends z.ZodType, R extends z.ZodType> {
  /** One sentence that says what the caller gets. */
  summary: string;
  params: P;
  result: R;
  /** Deadline of the whole call in milliseconds, attempts included. Default 3000. */
  timeoutMs?: number;
  /** Calling twice equals calling once: up to three attempts share the deadline. */
  idempotent?: boolean;
  /** The refusals a caller must expect besides those that every route has. */
  failures?: readonly FailureKind<never>[];
  /** The result may be larger than a message between processes can be (NATS: 1 MiB): then it goes in pieces. */
  large?: boolean;
  /**
   * The result may be kept and given again; without it the handler runs for every call. The result is then all the
   * answer: what else the handler would set in `ctx.meta` is not kept.
   */
  cache?: CacheRule;
}

/** An action that the gateway offers. Its parameters come from the path, the query (GET, DELETE) or the body. */
interface PublishedAction<P extends z.ZodType, R extends z.ZodType> extends ActionBase<P, R> {
  http: HttpRoute;
  auth: Auth;
  /** Status of the good answer. Default 200; 204 when the result is `NoContent`. */
  status?: 200 | 201 | 202 | 204;
  /** Parameters that arrive as request headers: parameter name → header name. */
  headers?: Readonly<Record<string, string>>;
  /** Parameters that may also arrive as a cookie: parameter name → cookie name. */
  cookies?: Readonly<Record<string, string>>;
  /** Media type of an answer that is not JSON; the result is then a string. */
  produces?: string;
  /**
   * The result is the base64 of what `produces` names, and the client gets the bytes: what travels between processes is
   * JSON.
   */
  inBase64?: true;
  /**
   * Answers other than the good one that are no problem documents: status → body. The handler sets
   * `ctx.meta.$statusCode` and returns the body.
   */
  otherResults?: Readonly<Record<number, z.ZodType>>;
  /** The path stands at the server's root, not below `/api`. */
  atRoot?: boolean;
  /** A stricter limit than the gateway's general one: calls per client in so many seconds. */
  rateLimit?: { readonly points: number; readonly perSeconds: number };
  /** Largest request body in bytes. Default 100,000. */
  maxBodyBytes?: number;
  /**
   * The good answer opens a session (`access`, `refresh` and `csrfToken` of its body become cookies) or closes it
   * (the cookies are cleared). The edge does it; the service knows no cookies.
   */
  session?: "opens" | "closes";
  /** An example of the parameters, shown in the API documentation and checked by a test. */
  example?: unknown;
}

/** What only a route has. */
type RouteField = Exclude<keyof PublishedAction<z.ZodType, z.ZodType>, keyof ActionBase<z.ZodType, z.ZodType>>;

/** An action for other services only. */
type InternalAction<P extends z.ZodType, R extends z.ZodType> = ActionBase<P, R> & {
  [field in RouteField]?: undefined;
};

export type Action<P extends z.ZodType = z.ZodType, R extends z.ZodType = z.ZodType> =
  PublishedAction<P, R> | InternalAction<P, R>;
export type Published = PublishedAction<z.ZodType, z.ZodType>;

/** Anything that can carry a call: a Moleculer context (keeps the caller's identity and trace) or a broker. */
export interface Carrier {
  call(action: string, params: unknown, options?: object): Promise<unknown>;
}

export type Params<A extends Action> = z.output<A["params"]>;
export type Result<A extends Action> = z.output<A["result"]>;
type Call<A extends Action> = (via: Carrier, params: z.input<A["params"]>, options?: object) => Promise<Result<A>>;

/** What a service declares to answer. */
export interface Contract<A extends Record<string, Action> = Record<string, Action>> {
  readonly $name: string;
  readonly $actions: A;
}
/** Its actions as functions. */
export type Calls<A extends Record<string, Action>> = { readonly [K in keyof A]: Call<A[K]> };

/**
 * Declares what a service answers. The value is called: `await Trades.offer(ctx, { listingId })` — parameters are
 * inferred here, parsed at the callee, and the result is typed on both sides. Throws for a cache rule by which somebody
 * could get what is not theirs.
 */
export function contract<const A extends Record<string, Action>>(name: string, actions: A): Contract<A> & Calls<A> {
  const calls = Object.entries(actions).map(([actionName, action]) => {
    // A call inside another one would else get all the time that is left there for its first attempt.
    const timeout = attemptTimeoutMs(action);
    requireGoodRule(`${name}.${actionName}`, action);
    const call = (via: Carrier, params: unknown, options?: object) =>
      via.call(`${name}.${actionName}`, params, { timeout, ...options });
    return [actionName, call];
  });
  return Object.assign(Object.fromEntries(calls), { $name: name, $actions: actions });
}

/** Some actions of a contract that stands in several files. */
export const actions = <const A extends Record<string, Action>>(part: A): A => part;

/** Deadline of a call that says no other. */
export const DEFAULT_TIMEOUT_MS = 3000;
/** How a call of an idempotent action is repeated within its deadline; other calls have one attempt. */
export const RETRIES = { retries: 2, delay: 20, maxDelay: 100, factor: 2 } as const;
const PAUSES_MS = 20 + 40;

/** Within what time a call of an action ends, well or badly. */
export const deadlineMs = ({ timeoutMs = DEFAULT_TIMEOUT_MS }: Action): number => timeoutMs;

/** What one attempt may take, so that all attempts and the pauses between them fit into the action's deadline. */
export function attemptTimeoutMs(action: Action): number {
  const limitMs = deadlineMs(action);
  return action.idempotent ? Math.max(1, Math.floor((limitMs - PAUSES_MS) / (RETRIES.retries + 1))) : limitMs;
}

/** True for methods whose parameters come from the body instead of the query. */
export const takesBody = (method: string) => method === "POST" || method === "PUT" || method === "PATCH";

/** True for actions that the gateway offers. */
export const isPublished = (action: Action): action is Published => action.http !== undefined;

/** A fact as it travels: `id` is unique for ever and makes subscribers idempotent. */
export interface Fact<P = unknown> {
  id: string;
  name: string;
  payload: P;
  /** Facts of one kind with the same key reach each subscriber in the order in which they were published. */
  key?: string;
  /** What it is about: kept results that depend on one of these values are stale. */
  about?: readonly string[];
  /** The request that caused it. */
  trace?: TraceContext;
}

/** A kind of fact, in the past tense, owned by its publisher. Calling it makes one with a fresh id. */
export interface FactKind<S extends z.ZodType = z.ZodType> {
  (payload: z.input<S>): Fact<z.output<S>>;
  readonly factName: string;
  readonly schema: S;
  /** Facts of this kind carry a key. */
  readonly ordered: boolean;
  /** Facts of this kind say what they are about. */
  readonly isAbout: boolean;
}

export interface FactOptions<P> {
  orderedBy?: (payload: P) => string;
  /** The ids of what has changed, for caches that depend on it (see `staleOn`). */
  about?: (payload: P) => readonly string[];
}

/**
 * Declares a fact. The payload carries ids and values, never rows; it is parsed when made and again when received.
 * With `orderedBy`, facts of one key reach each subscriber one after the other; a subscriber that cannot apply one gets
 * the next of that key only when the failing one has been set aside.
 */
export function fact<S extends z.ZodType>(
  factName: string,
  schema: S,
  { orderedBy, about }: FactOptions<z.output<S>> = {},
): FactKind<S> {
  const make = (given: z.input<S>): Fact<z.output<S>> => {
    const payload = schema.parse(given);
    const trace = currentTrace();
    return {
      ...{ id: uuidv7(), name: factName, payload },
      ...(orderedBy && { key: orderedBy(payload) }),
      ...(about && { about: about(payload) }),
      ...(trace && { trace }),
    };
  };
  return Object.assign(make, { factName, schema, ordered: orderedBy !== undefined, isAbout: about !== undefined });
}

/** The result of actions that answer with nothing but success (HTTP 204). */
export const NoContent = z.null();

/**
 * Controls of bidirectional text (embeddings, overrides, isolates: Unicode UAX #9), for a class of a regular expression:
 * with them a text shows another one than it holds, and disturbs what stands behind it.
 */
export const BIDI_CONTROLS = String.raw`\u202a-\u202e\u2066-\u2069`;

/** One line of text: 1 to `max` characters that are not all blank, no control characters, no half characters. */
export const Line = (max: number) =>
  z
    .string()
    .trim()
    .regex(
      new RegExp(`^(?!\\s*$)[^\\p{Cc}\\p{Cs}${BIDI_CONTROLS}]{1,${max}}$`, "u"),
      `1 to ${max} characters, none of them control characters`,
    );

/** UUIDv7 as every id of ours. */
export const Id = z
  .uuid()
  .meta({ id: "Id", description: "UUIDv7", examples: ["0193b5a0-7d3c-7c3e-9f5e-0d8f4d1c2b3a"] });
export const Time = z.iso
  .datetime({ precision: 3 })
  .meta({ id: "Time", description: "ISO 8601 in UTC with milliseconds" });
/** Optimistic version of an editable resource; the number before the dash of its ETag. */
export const Version = z
  .int()
  .min(1)
  .max(2 ** 31 - 1);

/**
 * `If-Match` as a parameter: the version in the ETag (or bare) that the edit is based on; `*` asks for none. What is no
 * ETag of ours becomes -1, which never matches.
 */
export const IfMatch = z
  .string()
  .max(100)
  .transform((tag) => (tag.trim() === "*" ? undefined : versionIn(tag.trim())));

/** A weak ETag is as good: it differs by encoding only, and the version is what counts. */
const versionIn = (tag: string) => Number(/^(?:W\/)?"?(\d{1,9})(?:-[\w-]*)?"?$/.exec(tag)?.[1] ?? -1);
