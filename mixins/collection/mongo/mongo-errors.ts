import { Failure } from "../../failure.ts";

/** As much as is needed of the driver's errors, which come from more than one copy of their classes. */
interface DriverError {
  name?: string;
  message?: string;
  code?: unknown;
  cause?: unknown;
  hasErrorLabel?: (label: string) => boolean;
}

/** Errors of the driver itself: nobody answered, or not in time. */
const NOBODY_ANSWERED =
  /^(MongoNetwork|MongoPool|MongoServerSelection|MongooseServerSelection|MongoWaitQueueTimeout|MongoWriteConcern|MongoNotConnected|MongoTopologyClosed|MongoClientClosed|MongoServerClosed)/;
/**
 * What servers say while they change roles, stop, or cannot reach the others: HostUnreachable, HostNotFound,
 * WriteConcernFailed, NetworkTimeout, ShutdownInProgress, FailedToSatisfyReadPreference,
 * ReadConcernMajorityNotAvailableYet, PrimarySteppedDown, ExceededTimeLimit, SocketException, NotWritablePrimary,
 * InterruptedAtShutdown, InterruptedDueToReplStateChange, NotPrimaryNoSecondaryOk, NotPrimaryOrSecondary.
 */
const PASSING = new Set<unknown>([6, 7, 64, 89, 91, 133, 134, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436]);
/** The name server's answers while a cluster comes up. */
const NAMES_UNKNOWN = new Set<unknown>(["ENOTFOUND", "EAI_AGAIN", "ETIMEOUT", "ESERVFAIL", "ECONNREFUSED"]);
/** Unauthorized, AuthenticationFailed, and what Atlas says instead. */
const NOT_ALLOWED = new Set<unknown>([13, 18, 8000]);

/** True when the same may work in a moment: the server is away, changes its role, or has not answered in time. */
export function isPassing(error: unknown): boolean {
  const { name = "", code, cause, hasErrorLabel } = (error ?? {}) as DriverError;
  if (error instanceof Failure) return cause !== undefined && isPassing(cause);
  if (NOT_ALLOWED.has(code)) return false;
  // The driver's bulk writes give its own errors their name, and only the server's have a code.
  if (name === "MongoBulkWriteError" && code === undefined) return true;
  const isLabelled = hasErrorLabel?.call(error, "RetryableWriteError") ?? false;
  return isLabelled || PASSING.has(code) || NAMES_UNKNOWN.has(code) || NOBODY_ANSWERED.test(name);
}

/** True when the server knows us and does not let us in. */
export const isRefusal = (error: unknown): boolean => NOT_ALLOWED.has((error as DriverError | undefined)?.code);

/** What went wrong, in words fit for a log: nothing of `secrets` is in it. */
export const reasonOf = (error: unknown, secrets: readonly string[]): string =>
  secrets.reduce(
    (shown, secret) => shown.replaceAll(secret, "…"),
    (error as DriverError | undefined)?.message ?? String(error),
  );
