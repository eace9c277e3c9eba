import { addAbortSignal, Readable } from "node:stream";
import type { ActionHandler, Context, Middleware, Service } from "moleculer";

declare module "moleculer" {
  interface ActionSchema {
    /** Its result may be larger than a message of the transporter. */
    large?: boolean;
  }
}

/** NATS takes 1 MiB in a message; the rest is room for what goes round the result, and for letters of three bytes. */
const LARGEST_WHOLE_CHARACTERS = 300_000;
const PART_CHARACTERS = 100_000;

/**
 * Lets results of actions that are declared `large` pass a transporter that limits its messages: what does not fit goes
 * as a stream of pieces of its JSON and is put together before the caller sees it. Deadlines include the putting together.
 */
export const largeAnswers = (): Middleware => ({
  name: "LargeAnswers",
  localAction: (next, action) => (action.large ? inPiecesToOthers(next) : next),
  remoteAction: (next, action) => (action.large ? putTogether(next) : next),
});

function inPiecesToOthers(next: ActionHandler<Service>): ActionHandler<Service> {
  return async function (this: Service, ctx: Context) {
    const result: unknown = await next.call(this, ctx);
    if (ctx.nodeID === ctx.broker.nodeID) return result;
    const json = JSON.stringify(result);
    return json.length > LARGEST_WHOLE_CHARACTERS ? Readable.from(pieces(json)) : result;
  };
}

function putTogether(next: ActionHandler<Service>): ActionHandler<Service> {
  return async function (this: Service, ctx: Context) {
    const result: unknown = await next.call(this, ctx);
    if (!(result instanceof Readable)) return result;
    // Of a node that died the rest never comes, and nobody ends the stream.
    if (ctx.options.timeout) addAbortSignal(AbortSignal.timeout(ctx.options.timeout), result);
    let json = "";
    for await (const piece of result) json += String(piece);
    return JSON.parse(json) as unknown;
  };
}

function* pieces(json: string): Generator<string> {
  for (let at = 0; at < json.length; at += PART_CHARACTERS) yield json.slice(at, at + PART_CHARACTERS);
}
