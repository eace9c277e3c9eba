import type { Json, SchemaBook } from "./schema-book.ts";

const FORMATS: Record<string, string> = {
  uuid: "0193b5a0-7d3c-7c3e-9f5e-0d8f4d1c2b3a",
  "date-time": "2026-03-14T09:26:53.589Z",
  date: "1994-05-17",
  email: "minji@example.com",
  uri: "https://images.example.com/car.webp",
};

/** A value that fits a JSON Schema: its own example where it has one, else a plain value of its type. */
export function exampleOf(unresolved: Json, book: SchemaBook): unknown {
  const schema = book.resolve(unresolved);
  const [first] = (unresolved.examples ?? schema.examples ?? schema.enum ?? []) as unknown[];
  if (first !== undefined) return first;
  if (schema.const !== undefined) return schema.const;
  if (schema.default !== undefined) return schema.default;
  const choices = (schema.anyOf ?? schema.oneOf) as Json[] | undefined;
  if (choices) return exampleOf(choices[0]!, book);
  if (Array.isArray(schema.type)) return exampleOf({ ...schema, type: (schema.type as string[])[0] }, book);
  if (schema.type === "object") return objectExample(schema, book);
  if (schema.type === "array") return schema.maxItems === 0 ? [] : arrayExample(schema, book);
  return plainExample(schema);
}

function objectExample(schema: Json, book: SchemaBook): Json {
  const required = new Set((schema.required ?? []) as string[]);
  const fields = Object.entries((schema.properties ?? {}) as Record<string, Json>);
  return Object.fromEntries(
    fields.filter(([name]) => required.has(name)).map(([name, s]) => [name, exampleOf(s, book)]),
  );
}

function arrayExample(schema: Json, book: SchemaBook): unknown[] {
  const one = (item: unknown) => exampleOf(item as Json, book);
  const prefix = (schema.prefixItems as unknown[] | undefined)?.map(one) ?? [];
  const rest = typeof schema.items === "object" ? Math.max((schema.minItems as number) ?? 1, prefix.length || 1) : 0;
  return [...prefix, ...Array.from({ length: rest - prefix.length }, () => one(schema.items))].filter(
    (v) => v !== undefined,
  );
}

function plainExample(schema: Json): unknown {
  if (schema.type === "integer" || schema.type === "number") {
    const least = (schema.minimum as number | undefined) ?? 0;
    return least < Number.MIN_SAFE_INTEGER ? 0 : least;
  }
  if (schema.type === "boolean") return false;
  if (schema.type === "null") return null;
  if (schema.type !== "string") return {};
  return FORMATS[String(schema.format)] ?? "text".padEnd((schema.minLength as number) ?? 0, "-");
}
