import { z } from "zod";

/** What the text of a query parameter stands for. */
export interface FieldKind {
  type: "integer" | "number" | "boolean" | "text";
  /** A list: the parameter may be repeated. */
  many: boolean;
}

interface JsonSchema {
  $ref?: string;
  type?: string | string[];
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  allOf?: JsonSchema[];
  properties?: Record<string, JsonSchema>;
  $defs?: Record<string, JsonSchema>;
}

/** The kinds of the fields of an object schema, read from its JSON Schema (input side). */
export function fieldKinds(schema: z.ZodType): ReadonlyMap<string, FieldKind> {
  const root = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema;
  return new Map(Object.entries(root.properties ?? {}).map(([name, field]) => [name, kindOf(field, root)]));
}

function kindOf(field: JsonSchema, root: JsonSchema): FieldKind {
  const schema = resolve(field, root);
  if (schema.type === "array") return { type: kindOf(schema.items ?? {}, root).type, many: true };
  const kinds = [...(schema.anyOf ?? []), ...(schema.allOf ?? [])].map((choice) => kindOf(choice, root));
  const types = new Set([...[schema.type ?? []].flat(), ...kinds.map((kind) => kind.type)]);
  const type = (["integer", "number", "boolean"] as const).find((candidate) => types.has(candidate));
  return { type: types.has("string") || types.has("text") || !type ? "text" : type, many: kinds.some((k) => k.many) };
}

function resolve(schema: JsonSchema, root: JsonSchema): JsonSchema {
  if (!schema.$ref) return schema;
  return resolve(root.$defs?.[schema.$ref.replace("#/$defs/", "")] ?? {}, root);
}

const WHOLE = /^-?(?:0|[1-9]\d{0,30})$/;
/** As JSON writes numbers. */
const DECIMAL = /^-?(?:0|[1-9]\d{0,30})(?:\.\d{1,30})?(?:[eE][+-]?\d{1,3})?$/;

/** The value that a text stands for; a text that does not fit stays a text, and the schema refuses it by name. */
export function valueOf(text: string, type: FieldKind["type"]): unknown {
  if (type === "integer" && WHOLE.test(text)) return Number(text);
  if (type === "number" && DECIMAL.test(text)) return Number(text);
  if (type === "boolean" && (text === "true" || text === "false")) return text === "true";
  return text;
}
