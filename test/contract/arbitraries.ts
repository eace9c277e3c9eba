import fc from "fast-check";
import type { ApiDocument, Json } from "./openapi.ts";

/** Values that a JSON Schema (the part of it that our contracts use) allows. */
export function valid(api: ApiDocument, schema: Json, depth = 0): fc.Arbitrary<unknown> {
  const s = api.resolve(schema ?? {});
  if ("const" in s) return fc.constant(s.const);
  if (s.enum) return fc.constantFrom(...s.enum);
  const options = s.anyOf ?? s.oneOf;
  if (options) return fc.oneof(...options.map((option: Json) => valid(api, option, depth)));
  if (s.allOf) return valid(api, Object.assign({}, ...s.allOf.map((part: Json) => api.resolve(part))), depth);
  const type = Array.isArray(s.type) ? s.type[0] : s.type;
  if (type === "string") return validString(s);
  if (type === "integer")
    return fc.integer({ min: Math.max(s.minimum ?? -1e6, -(2 ** 31)), max: Math.min(s.maximum ?? 1e6, 2 ** 31 - 1) });
  if (type === "number") return fc.double({ min: s.minimum ?? -1e6, max: s.maximum ?? 1e6, noNaN: true });
  if (type === "boolean") return fc.boolean();
  if (type === "null") return fc.constant(null);
  if (type === "array")
    return fc.array(valid(api, s.items, depth + 1), {
      minLength: s.minItems ?? 0,
      maxLength: Math.min(s.maxItems ?? 5, (s.minItems ?? 0) + 3),
    });
  if (type === "object" && s.properties) return validObject(api, s, depth);
  return depth > 2
    ? fc.constant({})
    : fc.jsonValue({ maxDepth: 1 }).filter((json) => !RESERVED.test(JSON.stringify(json)));
}

/** Keys that the interface refuses anywhere. */
const RESERVED = /"(__proto__|constructor|prototype)":/;

function validObject(api: ApiDocument, s: Json, depth: number): fc.Arbitrary<unknown> {
  const values = Object.fromEntries(
    Object.entries(s.properties).map(([key, value]) => [key, valid(api, value, depth + 1)]),
  );
  return fc.record(values, { requiredKeys: s.required ?? [] });
}

/** Patterns that allow almost any text; fast-check cannot build from them, but texts can be tried. */
const FREE_TEXT = /^\\S$|\(\?|\\p\{/;

function validString(s: Json): fc.Arbitrary<string> {
  const minLength = s.minLength ?? 0;
  const maxLength = Math.min(s.maxLength ?? 40, Math.max(minLength, 40));
  const fits = (text: string) =>
    text.length >= minLength &&
    text.length <= (s.maxLength ?? Infinity) &&
    (!s.pattern || new RegExp(s.pattern, "u").test(text));
  if (s.format === "uuid") return fc.uuid({ version: 7 });
  if (s.format === "email") return fc.stringMatching(/^[a-z0-9]{6,20}$/).map((name) => `${name}@example.com`);
  if (s.format === "uri") return fc.webUrl().filter(fits);
  if (s.format === "date")
    return fc
      .date({ min: new Date("1940-01-01"), max: new Date("2005-01-01"), noInvalidDate: true })
      .map((d) => d.toISOString().slice(0, 10));
  if (s.format === "date-time") return fc.date({ noInvalidDate: true }).map((d) => d.toISOString());
  if (s.pattern && !FREE_TEXT.test(s.pattern)) return fc.stringMatching(new RegExp(s.pattern)).filter(fits);
  const words = fc.constantFrom(
    "현대 그랜저",
    "hyundai",
    "Audi A6",
    "<b>x</b>",
    "'; --",
    "ㅎㄷ",
    "é%",
    "😀",
    "a".repeat(maxLength),
  );
  const text = fc.string({ unit: "grapheme", minLength, maxLength });
  return fc
    .oneof({ weight: 1, arbitrary: words }, { weight: 3, arbitrary: text })
    .map((t) => t.replaceAll("\0", ""))
    .filter((t) => fits(t) && (minLength === 0 || t.trim().length >= minLength));
}

const HOSTILE_STRINGS = [
  "",
  " ",
  "\0",
  "a\0b",
  "\ud800",
  "__proto__",
  "constructor",
  "$where",
  "1e3",
  "0x10",
  "-1",
  "NaN",
  "null",
  "true",
  "[]",
  "{}",
  "%",
  "%00",
  "'\"`;--",
  "../../etc/passwd",
  "x".repeat(5000),
];
const HOSTILE: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(
    null,
    true,
    false,
    0,
    -1,
    -0.5,
    1e9,
    1e21,
    3000,
    2 ** 53,
    [],
    {},
    [[]],
    { $ne: 1 },
    { $gt: "" },
    ...HOSTILE_STRINGS,
  ),
  fc.jsonValue({ maxDepth: 2 }),
);
export const hostileText = fc.oneof(fc.constantFrom(...HOSTILE_STRINGS), fc.string({ unit: "binary", maxLength: 30 }));
const hostileKey = fc.constantFrom(
  "__proto__",
  "constructor",
  "prototype",
  "$where",
  "a.b",
  "",
  "toString",
  "id",
  "brand[$ne]",
  "\0",
  "unknown",
);

/** A valid object with one or two things wrong: a value replaced, a field missing, an extra or hostile key. */
export function spoiled(base: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const once = (value: unknown) =>
    typeof value !== "object" || value === null || Array.isArray(value)
      ? HOSTILE
      : spoilOnce(value as Record<string, unknown>);
  return base.chain(once).chain((value) => fc.oneof(fc.constant(value), once(value)));
}

function spoilOnce(value: Record<string, unknown>): fc.Arbitrary<unknown> {
  const keys = Object.keys(value);
  const key = keys.length > 0 ? fc.constantFrom(...keys) : hostileKey;
  const put = (k: string, v: unknown) =>
    JSON.parse(
      `{${[...keys.filter((x) => x !== k).map((x) => [x, value[x]] as const), [k, v] as const].map(([x, y]) => `${JSON.stringify(x)}:${JSON.stringify(y) ?? "null"}`).join(",")}}`,
    ) as unknown;
  return fc.oneof(
    fc.tuple(key, HOSTILE).map(([k, v]) => put(k, v)),
    fc.tuple(hostileKey, HOSTILE).map(([k, v]) => put(k, v)),
    key.map((gone) => Object.fromEntries(Object.entries(value).filter(([k]) => k !== gone))),
    HOSTILE,
  );
}
