import { setTimeout as pause } from "node:timers/promises";
import {
  Errors,
  type ActionHandler,
  type ActionSchema,
  type Context,
  type Middleware,
  type ServiceBroker,
} from "moleculer";

/** What Moleculer's types leave out of a context. */
type Call = Context & {
  _retryAttempts?: number | null;
  copy(): Call;
  options: { timeout?: number; nodeID?: string; parentCtx?: Call };
};
interface Transit {
  pendingRequests: Map<string, { reject(error: unknown): void }>;
  removePendingRequest(id: string): void;
}

const MOST_NODES = 5;
const PAUSE_MS = 10;

/**
 * A middleware that stands inside Moleculer's Retry and outside its Timeout. A call that no node has begun, because
 * its node died or stops, is given to another one, whatever it does; a call directed at one node never is. A repeated
 * attempt gets no more time than the call has left that it is a part of. Without a connection to the others calls to
 * them fail at once. What has timed out waits for no answer any more, so that it does not keep its process from stopping.
 */
export function callPath(): Middleware {
  function wrap(this: ServiceBroker, next: ActionHandler, action: ActionSchema): ActionHandler {
    const isConnected = () => this.transit?.tx?.connected !== false;
    return async function (this: unknown, ctx: Context) {
      const call = ctx as Call;
      const name = call.action!.name!;
      if (!call.endpoint!.local && !isConnected()) throw new Errors.ServiceNotAvailableError({ action: name });
      if ((call._retryAttempts ?? 0) > 0) limitToParent(call);
      try {
        return await next.call(this as never, ctx);
      } catch (error) {
        if (!call.endpoint!.local) stopWaiting(call, error);
        const isRepeatedOutside = action.retryPolicy?.enabled === true;
        const tries = 1 + (call._retryAttempts ?? 0);
        if (isRepeatedOutside || tries >= MOST_NODES || !hasNotBegun(call, error)) throw error;
        await pause(PAUSE_MS);
        return call.broker.call(name, call.params as object, {
          ctx: Object.assign(call.copy(), { _retryAttempts: tries }),
        });
      }
    };
  }
  return { name: "CallPath", remoteAction: wrap, localAction: wrap, ...({ call: toSameNode } as object) };
}

/** When a call that was directed at one node is repeated, here or by Retry, Moleculer would choose any. */
const toSameNode =
  (next: (name: string, params: unknown, options?: object) => unknown) =>
  (name: string, params: unknown, options?: { ctx?: Call }) => {
    const nodeID = options?.ctx?.options.nodeID;
    return next(name, params, nodeID === undefined ? options : { ...options, nodeID });
  };

/**
 * The promise of an answer outlives Timeout's; Moleculer's ErrorHandler would forget it unsettled, and ContextTracker
 * would count it as running for good.
 */
function stopWaiting({ id, broker }: Call, error: unknown): void {
  const transit = broker.transit as unknown as Transit | undefined;
  transit?.pendingRequests.get(id)?.reject(error);
  transit?.removePendingRequest(id);
}

/** The node that was asked is gone, or has refused the call because it stops. */
function hasNotBegun(call: Call, error: unknown): boolean {
  const { type, data } = error as { type?: unknown; data?: { action?: unknown; nodeID?: unknown } };
  const isRefusal = type === "SERVICE_NOT_AVAILABLE" || type === "SERVICE_NOT_FOUND";
  return isRefusal && data?.action === call.action!.name && data?.nodeID === call.nodeID;
}

function limitToParent(call: Call): void {
  const { parentCtx, timeout } = call.options;
  if (!parentCtx?.startHrTime || !parentCtx.options.timeout) return;
  const [seconds, nanoseconds] = process.hrtime(parentCtx.startHrTime);
  const leftMs = parentCtx.options.timeout - seconds * 1e3 - nanoseconds / 1e6;
  if (leftMs <= 0) throw new Errors.RequestSkippedError({ action: call.action!.name!, nodeID: call.broker.nodeID });
  call.options = { ...call.options, timeout: Math.min(timeout || leftMs, leftMs) };
}
