import { isNativeError } from "node:util/types";

/** What stands in a log where a secret was. */
export const REDACTED = "[redacted]";

/** Fields whose value is nobody's business, by what their name contains once capitals and signs are gone. */
const SECRET_FIELD =
  /authorization|cookie|passw|passphrase|secret|token|credential|apikey|privatekey|^(access|refresh|jwt|pass|pwd|salt|sid)$/;
const isSecretField = (name: string) => SECRET_FIELD.test(name.toLowerCase().replaceAll(/[^a-z]/g, ""));

/** Secrets within a text, and what stays of each. */
const SECRETS_IN_TEXT: readonly [RegExp, string][] = [
  [/\b((?:set-)?cookie["']?\s*[:=]\s*)[^\r\n]+/gi, `$1${REDACTED}`],
  [/\b(bearer|basic)\s+[\w.~+/=-]{6,}/gi, `$1 ${REDACTED}`],
  [/\beyJ[\w-]{5,}(?:\.[\w-]*){1,4}/g, REDACTED],
  // A refresh token: id, generation and signature.
  [/\b[0-9a-f]{8}-[0-9a-f-]{27}\.\d+\.[\w-]{20,}/gi, REDACTED],
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/?#"']+@/gi, `$1${REDACTED}@`],
  [
    /((?:password|passwd|passphrase|secret|token|api[-_]?key|credentials?)["']?\s*[:=]\s*)(?:"[^"]*"|'[^']*'|[^\s"'&,;)}\]]+)/gi,
    `$1${REDACTED}`,
  ],
];

const DEEPEST = 6;
const MOST_ITEMS = 50;
const LONGEST_TEXT = 10_000;

/** A text without the secrets in it: credentials of URLs, tokens, cookies, `password=…`. */
export const redactedText = (text: string): string =>
  SECRETS_IN_TEXT.reduce((clean, [secret, rest]) => clean.replace(secret, rest), text.slice(0, LONGEST_TEXT));

/**
 * A copy of any value that may be written to a log: secret fields blanked, texts cleaned, errors as plain objects of
 * the fields an operator needs, everything bounded in depth and length.
 */
export function redacted(value: unknown, depth = 0): unknown {
  if (typeof value === "string") return redactedText(value);
  if (typeof value === "bigint" || typeof value === "symbol" || typeof value === "function") return String(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth > DEEPEST) return "…";
  if (isNativeError(value)) return redactedError(value, depth);
  if (value instanceof Date) return value.toISOString();
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  if (Array.isArray(value)) return value.slice(0, MOST_ITEMS).map((item) => redacted(item, depth + 1));
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return Object.fromEntries(
    entries.slice(0, MOST_ITEMS).map(([name, held]) => [
      String(name),
      // A flag or a count tells no secret.
      isSecretField(String(name)) && typeof held !== "boolean" && typeof held !== "number" && held !== null
        ? REDACTED
        : redacted(held, depth + 1),
    ]),
  );
}

/** Only these fields: clients of servers hang whole requests, credentials and all, on their errors. */
function redactedError(error: Error, depth: number) {
  const { name, message, stack, cause, code, type, data, nodeID } = error as Error & Record<string, unknown>;
  const errors = error instanceof AggregateError ? error.errors : undefined;
  const told = { type: name, message, code, kind: type, node: nodeID, data, stack, cause, errors };
  const given = Object.entries(told).filter(([, held]) => held !== undefined);
  return Object.fromEntries(given.map(([field, held]) => [field, redacted(held, depth + 1)]));
}
