import { inspect } from "node:util";
import { isNativeError } from "node:util/types";
import { Loggers, type BrokerOptions } from "moleculer";
import { pino, stdTimeFunctions, type DestinationStream, type LoggerOptions } from "pino";
import { currentTrace } from "../trace-context.ts";
import { redacted, redactedText } from "./redact.ts";

type Level = "fatal" | "error" | "warn" | "info" | "debug" | "trace";

/** Where a process of Moleculer writes its log. Both forms are free of secrets. */
export function logLines({
  level,
  forPeople,
}: {
  level: Level;
  forPeople: boolean;
}): NonNullable<BrokerOptions["logger"]> {
  return forPeople ? new ShortLines({ level, formatter: "short" }) : jsonLines({ level });
}

/**
 * One JSON object a line (pino): time, level, node, service, requestId and traceId of the running call, msg, and the
 * error with its stack. To standard output unless told otherwise.
 */
export function jsonLines({ level, to = standard(1) }: { level: Level; to?: DestinationStream }) {
  const root = pino(options, to);
  const createLogger = (least: Level, { nodeID: node, svc, mod }: Bindings) =>
    root.child({ node, service: svc ?? mod }, { level: least });
  return { type: "Pino" as const, options: { level, createLogger } };
}
interface Bindings {
  nodeID: string;
  mod: string;
  svc?: string;
}

/** Standard output (1) or the error stream (2), written at once: nothing is lost when the process ends. */
export const standard = (stream: 1 | 2): DestinationStream => pino.destination({ dest: stream, sync: true });

const options: LoggerOptions = {
  base: null,
  level: "trace",
  timestamp: stdTimeFunctions.isoTime,
  formatters: { level: (label) => ({ level: label }) },
  serializers: { err: (error: unknown) => error },
  mixin: ofRunningCall,
  hooks: {
    logMethod(args, write) {
      write.apply(this, arranged(args));
    },
  },
};

function ofRunningCall(): object {
  const trace = currentTrace();
  const traceId = trace?.traceparent?.split("-")[1];
  return { ...(trace && { requestId: trace.requestId }), ...(traceId && { traceId }) };
}

/** Moleculer logs any number of texts and things in any order; pino wants fields first and then one text. */
function arranged(args: readonly unknown[]): [object, string] {
  const things = args.filter((part) => typeof part === "object" && part !== null);
  const texts = args.filter((part) => !things.includes(part as object));
  const errors = things.filter(isNativeError);
  const details = things.filter((thing) => !isNativeError(thing));
  const fields = {
    ...(errors.length > 0 && { err: redacted(errors[0]) }),
    ...(details.length > 0 && { details: redacted(details.length === 1 ? details[0] : details) }),
  };
  return [fields, redactedText(texts.map(String).join(" ") || (errors[0]?.message ?? ""))];
}

/** Moleculer's short lines for a terminal, without the secrets. */
class ShortLines extends Loggers.Console {
  override getFormatter(bindings: Parameters<Loggers.Console["getFormatter"]>[0]) {
    const format = super.getFormatter(bindings);
    return (type: string, args: unknown[]) => format(type, args.map(readable));
  }
}

function readable(part: unknown): unknown {
  if (typeof part === "string") return redactedText(part);
  if (isNativeError(part)) return redactedText(part.stack ?? part.message);
  return typeof part === "object" && part !== null ? inspect(redacted(part), { depth: 4 }) : part;
}
