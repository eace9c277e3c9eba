import { Failure, unavailableCode } from "../../failure.ts";
import { DuplicateKey } from "../collection.ts";
import { isPassing } from "./mongo-errors.ts";

const DUPLICATE_KEY = 11000;

/**
 * What callers of a service learn while its store is away: `<SERVICE>_UNAVAILABLE`, 503. A write that was under way may
 * have been stored or not. Marked as worth another attempt, which only idempotent actions get.
 */
export function storeUnavailable(service: string, cause?: unknown): Failure {
  const failure = new Failure(unavailableCode(service), 503, "The store does not answer at the moment; try again soon");
  failure.retryable = true;
  failure.cause = cause;
  return failure;
}

interface ServerRefusal {
  code?: number;
  keyPattern?: object;
  message: string;
}

/**
 * A driver's error in the words of the collection port. The driver repeats a write whose answer was lost under the same
 * number, and the server answers what came of the first attempt: a taken id is always somebody else's.
 */
export function refusalOf(error: unknown, service: string): unknown {
  if (isPassing(error)) return storeUnavailable(service, error);
  const refusal = error as ServerRefusal;
  return refusal.code === DUPLICATE_KEY ? new DuplicateKey(violatedKey(refusal)) : error;
}

function violatedKey({ keyPattern, message }: ServerRefusal): string[] {
  const fields = keyPattern ? Object.keys(keyPattern) : fieldsIn(message);
  return fields.map((field) => (field === "_id" ? "id" : field));
}

/** Servers that send no `keyPattern` still name the index. */
const fieldsIn = (message: string) => /unique:([\w,]+)/.exec(message)?.[1]?.split(",") ?? ["_id"];

interface BulkError {
  writeErrors?: BulkFault | BulkFault[];
  result?: { getWriteConcernError?: () => unknown };
}
interface BulkFault {
  code: number;
  index: number;
}

/** Positions whose keys were taken. A batch of which the majority is not sure, or with another fault, is an error. */
export function refusedPositions(error: BulkError): number[] {
  const faults = [error.writeErrors ?? []].flat();
  const isUnsure = error.result?.getWriteConcernError?.() !== undefined;
  if (faults.length === 0 || isUnsure || faults.some(({ code }) => code !== DUPLICATE_KEY)) throw error;
  return faults.map(({ index }) => index);
}
