import type { ActionSchema, Context, ServiceSchema } from "moleculer";
import type { z } from "zod";
import { keptAnswers } from "./cache/kept-answers.ts";
import {
  attemptTimeoutMs,
  isPublished,
  RETRIES,
  type Action,
  type Auth,
  type Contract,
  type Params,
} from "./contract.ts";
import { Forbidden, InvalidInput, Unauthenticated, VersionConflict } from "./failure.ts";

declare module "moleculer" {
  interface ActionSchema {
    /** Milliseconds for one attempt (read by Moleculer's Timeout middleware, missing in its types). */
    timeout?: number;
  }
  interface BrokerOptions {
    /** Parse every result against its contract; tests switch it on. */
    strictResults?: boolean;
  }
}

/** Who calls. Written by the edges (gateway, realtime) only and carried along by every call. */
export interface CallerMeta {
  accountId?: string;
  roles?: string[];
  sessionId?: string;
  requestId?: string;
  ip?: string;
  userAgent?: string;
  /** Identifies this very request of this very caller: a write that stores it under a unique key happens once. */
  onceKey?: string;
  /** What the gateway adds to the answer. */
  $statusCode?: number;
  $responseHeaders?: Record<string, string | string[]>;
}
export type CallContext = Context<unknown, CallerMeta>;

type Answer<A extends Action> =
  | z.input<A["result"]>
  | (A extends { otherResults: Readonly<Record<number, infer R extends z.ZodType>> } ? z.input<R> : never);
type Handler<A extends Action> = (params: Params<A>, ctx: CallContext) => Answer<A> | Promise<Answer<A>>;

/** One handler per action; a missing or mis-shaped one does not compile. */
export type PartHandlers<A extends Record<string, Action>> = { [K in keyof A]: Handler<A[K]> };
/** The handlers of a whole contract. */
export type Handlers<C extends Contract> = PartHandlers<C["$actions"]>;

/**
 * Turns handlers into Moleculer actions. The wrapper checks who calls, parses the parameters (all faults at once), gives
 * kept results again where the contract says so, publishes only what has a route, and sets the deadline; zod itself
 * never enters the schema, which Moleculer clones.
 */
export function answers<C extends Contract>(contract: C, handlers: Handlers<C>): NonNullable<ServiceSchema["actions"]> {
  const actions = Object.entries(contract.$actions).map(([name, action]) => [
    name,
    actionSchema(`${contract.$name}.${name}`, action, handlers[name as keyof Handlers<C>] as Handler<Action>),
  ]);
  return Object.fromEntries(actions);
}

function actionSchema(name: string, action: Action, handler: Handler<Action>): ActionSchema {
  const kept = action.cache && keptAnswers(name, action, action.cache);
  return {
    visibility: isPublished(action) ? "published" : "public",
    timeout: attemptTimeoutMs(action),
    retryPolicy: { enabled: action.idempotent === true, ...RETRIES },
    ...(action.large && { large: true }),
    async handler(ctx: CallContext) {
      if (isPublished(action)) requireAuth(action.auth, ctx.meta);
      const params = parseInput(action.params, ctx.params);
      const { resultCache } = ctx.broker;
      const run = () => handler(params, ctx);
      const result = await (kept && resultCache ? kept(resultCache, { params, caller: ctx.meta }, run) : run());
      return ctx.broker.options.strictResults ? resultSchema(action, ctx.meta.$statusCode).parse(result) : result;
    },
  };
}

const resultSchema = (action: Action, status: number | undefined): z.ZodType =>
  (isPublished(action) && status !== undefined ? action.otherResults?.[status] : undefined) ?? action.result;

/** Parses an input against its schema; throws `INVALID_INPUT` that lists every fault by its path. */
export function parseInput<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const parsed = schema.safeParse(input ?? {});
  if (parsed.success) return parsed.data;
  throw InvalidInput({ errors: parsed.error.issues.flatMap(faultsOf) });
}

function faultsOf(issue: z.core.$ZodIssue) {
  const at = (key?: string) => [...issue.path, ...(key === undefined ? [] : [key])].map(String).join(".");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ path: at(key), message: "This field is not known here" }));
  }
  return [{ path: at(), message: issue.message }];
}

/** Throws 401 for nobody and 403 for somebody without the role. Admins hold every role. */
export function requireAuth(auth: Auth, caller: CallerMeta): void {
  if (auth === "public") return;
  if (!caller.accountId) throw Unauthenticated();
  if (auth !== "member" && !hasRole(caller, auth)) throw Forbidden();
}

/** Whether somebody holds a role; admins hold every one. */
export const hasRole = (caller: CallerMeta, role: string): boolean =>
  caller.roles?.some((held) => held === role || held === "admin") ?? false;

/** The signed-in caller's account id; for actions whose contract asks for at least a member. */
export function callerId(ctx: CallContext): string {
  if (!ctx.meta.accountId) throw Unauthenticated();
  return ctx.meta.accountId;
}

/** Throws 403 unless the caller owns the thing or may moderate. */
export function requireOwner(ownerId: string, caller: CallerMeta): void {
  if (!caller.accountId) throw Unauthenticated();
  if (caller.accountId !== ownerId && !hasRole(caller, "moderator")) throw Forbidden();
}

/** Throws 412 when the caller's `If-Match` names another version than the stored one. */
export function requireVersion(ifMatch: number | undefined, currentVersion: number): void {
  if (ifMatch !== undefined && ifMatch !== currentVersion) throw VersionConflict({ currentVersion });
}
