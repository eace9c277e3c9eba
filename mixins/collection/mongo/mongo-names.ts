import { setOwn } from "../plain.ts";

/** Member names that MongoDB or its driver would read as something else than a name. */
const SPECIAL = /^\$|^_bsontype$|[.%\0]|^$/;

/** A copy of a JSON value whose member names are safe in MongoDB; `decoded` turns it back. */
export function encoded(value: unknown): unknown {
  return renamed(value, (name) => (SPECIAL.test(name) ? encodeName(name) : name));
}

/** What was given to `encoded`. */
export function decoded(value: unknown): unknown {
  return renamed(value, (name) => (name.includes("%") ? decodeName(name) : name));
}

function renamed(value: unknown, rename: (name: string) => string): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => renamed(item, rename));
  const result: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) setOwn(result, rename(name), renamed(member, rename));
  return result;
}

/** An empty name becomes a single `%`, which no other name becomes. */
function encodeName(name: string): string {
  if (name === "") return "%";
  const safe = name.replaceAll("%", "%25").replaceAll(".", "%2E").replaceAll("\0", "%00");
  return safe.startsWith("$") || safe === "_bsontype" ? `%${safe.charCodeAt(0).toString(16)}${safe.slice(1)}` : safe;
}

const decodeName = (name: string): string =>
  name === "%"
    ? ""
    : name.replace(/%([0-9A-Fa-f]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
