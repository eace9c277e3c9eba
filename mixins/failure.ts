import { Errors } from "moleculer";

/** One fault of an input: where it is (`cars.3.year`, empty for the whole body) and what is wrong with it. */
export interface InputFault {
  path: string;
  message: string;
}

/**
 * A refusal that a caller can understand. It crosses nodes by its `type` (the stable code), never by its class:
 * test it with `SomeFailure.is(error)`, not with instanceof.
 */
export class Failure extends Errors.MoleculerError {
  constructor(code: string, status: number, title: string, data?: object) {
    super(title, status, code, data);
    this.name = "Failure";
    this.retryable = false;
  }
}

/** A kind of refusal. Calling it makes the error to throw; `data` is public and becomes part of the problem answer. */
export interface FailureKind<D extends object> {
  (
    ...args: Record<never, never> extends D ? [data?: D & { detail?: string }] : [data: D & { detail?: string }]
  ): Failure;
  readonly code: string;
  readonly status: number;
  readonly title: string;
  is(error: unknown): boolean;
}

/** Declares a refusal: a stable code that says what is true, its HTTP status and one sentence for people. */
export function failure<D extends object = Record<never, never>>(
  code: string,
  status: number,
  title: string,
): FailureKind<D> {
  const make = (data?: object) => new Failure(code, status, title, data);
  return Object.assign(make, {
    code,
    status,
    title,
    is: (error: unknown) => (error as { type?: unknown } | undefined)?.type === code,
  });
}

/** An error by its code or class, for whoever counts or watches: messages may hold what is nobody's business. */
export function codeOf(error: unknown): string {
  const { type, name } = (error ?? {}) as { type?: unknown; name?: unknown };
  return [type, name].find((word): word is string => typeof word === "string" && word !== "") ?? "Error";
}

/** The code of a service that does not answer, or cannot: `SEARCH_UNAVAILABLE` for search. */
export const unavailableCode = (service: string) => `${service.replace(/[^a-z0-9]+/gi, "_").toUpperCase()}_UNAVAILABLE`;

export const InvalidInput = failure<{ errors: InputFault[] }>("INVALID_INPUT", 422, "The input has faults");
export const Unauthenticated = failure("UNAUTHENTICATED", 401, "Sign in first");
export const Forbidden = failure("FORBIDDEN", 403, "This is not yours to do");
export const VersionConflict = failure<{ currentVersion: number }>(
  "VERSION_CONFLICT",
  412,
  "It has changed since you read it; read it again and repeat your edit",
);
