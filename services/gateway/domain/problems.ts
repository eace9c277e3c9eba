import { Failure, unavailableCode } from "../../../mixins/failure.ts";
import { InternalError, NotAnswering, Timeout } from "../gateway.contract.ts";

/** RFC 9457 with a stable `code`; further members are the failure's public data. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  requestId: string;
  [member: string]: unknown;
}

interface ErrorLike {
  name?: unknown;
  type?: unknown;
  code?: unknown;
  message?: unknown;
  data?: unknown;
}

const GONE = new Set(["SERVICE_NOT_FOUND", "SERVICE_NOT_AVAILABLE", "REQUEST_REJECTED", "QUEUE_FULL"]);
const LATE = new Set(["REQUEST_TIMEOUT", "REQUEST_SKIPPED"]);

/**
 * What a caller may know of an error. Declared failures keep code, status and data (they cross nodes by name and
 * type); a service that is gone is 503, a missed deadline 504; everything else is our fault and says nothing.
 */
export function refusalOf(error: unknown, service: string): Failure {
  const { name, type, code, message, data } = (error ?? {}) as ErrorLike;
  if (name === "Failure" && typeof type === "string" && typeof code === "number" && code >= 400 && code < 600) {
    return new Failure(type, code, String(message), typeof data === "object" && data !== null ? data : undefined);
  }
  if (GONE.has(String(type))) return new Failure(unavailableCode(serviceOf(data) ?? service), 503, NotAnswering);
  if (LATE.has(String(type))) return Timeout();
  return InternalError();
}

/** True when nobody but us can mend it, so it belongs into the log. */
export const isOurFault = (refusal: Failure) => refusal.type === InternalError.code;

/** The service that an error of the broker speaks of, which may stand behind the one that was called. */
function serviceOf(data: unknown): string | undefined {
  const action = (data as { action?: unknown } | undefined)?.action;
  return typeof action === "string" ? action.split(".")[0] : undefined;
}

/** The problem document of a refusal. */
export function problemOf(refusal: Failure, requestId: string): Problem {
  const { detail, ...members } = (refusal.data ?? {}) as Record<string, unknown>;
  return {
    ...members,
    type: `urn:problem-type:${refusal.type.toLowerCase().replaceAll("_", "-")}`,
    title: refusal.message,
    status: refusal.code,
    code: refusal.type,
    detail: typeof detail === "string" ? detail : refusal.message,
    requestId,
  };
}
