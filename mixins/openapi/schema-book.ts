import { z } from "zod";

export type Json = Record<string, unknown>;
type Side = "input" | "output";

const PLACE = "#/components/schemas/";

/**
 * Collects JSON Schemas of zod schemas. Those with an id become components; one that differs between what is sent and
 * what is answered (defaults, transforms) gets a second component with the suffix `Input`.
 */
export class SchemaBook {
  private readonly sides = { input: new Map<string, Json>(), output: new Map<string, Json>() };

  /** The JSON Schema of a schema, with provisional references until `settle`. */
  add(schema: z.ZodType, side: Side): Json {
    const options = { io: side, target: "draft-2020-12", unrepresentable: "any" } as const;
    const whole = z.toJSONSchema(z.object({ schema }), options) as Json;
    const text = JSON.stringify(whole).replaceAll('"#/$defs/', `"${PLACE}${side}:`);
    const { $defs = {}, properties } = JSON.parse(text) as {
      $defs?: Record<string, Json>;
      properties: { schema: Json };
    };
    for (const [name, { id: _id, ...definition }] of Object.entries($defs)) this.keep(name, definition, side);
    return properties.schema;
  }

  private keep(name: string, definition: Json, side: Side): void {
    const known = this.sides[side].get(name);
    if (known && JSON.stringify(known) !== JSON.stringify(definition)) {
      throw new Error(`Two different schemas have the id ${name}`);
    }
    this.sides[side].set(name, definition);
  }

  /** Follows a reference, provisional or not, to its schema. */
  resolve(schema: Json): Json {
    const [, side, name] = /^#\/components\/schemas\/(input|output):(.+)$/.exec(String(schema.$ref)) ?? [];
    return side && name ? this.resolve(this.sides[side as Side].get(name)!) : schema;
  }

  /** The document with its final references, and the components they lead to. */
  settle<T>(document: T): { document: T; schemas: Record<string, Json> } {
    const twofold = this.twofold();
    const nameOf = (side: string, name: string) => (side === "input" && twofold.has(name) ? `${name}Input` : name);
    const rewrite = <V>(value: V): V =>
      JSON.parse(
        JSON.stringify(value).replace(
          /"#\/components\/schemas\/(input|output):([^"]+)"/g,
          (_whole, side: string, name: string) => `"${PLACE}${nameOf(side, name)}"`,
        ),
      ) as V;
    const entries = (["output", "input"] as const).flatMap((side) =>
      [...this.sides[side]].map(([name, schema]) => [nameOf(side, name), rewrite(schema)] as const),
    );
    const sorted = entries.sort(([a], [b]) => (a < b ? -1 : 1));
    return { document: rewrite(document), schemas: Object.fromEntries(sorted) };
  }

  /** Names whose two sides differ, by themselves or by what they refer to. */
  private twofold(): Set<string> {
    const { input, output } = this.sides;
    const neutral = (schema: Json) => JSON.stringify(schema).replaceAll(`${PLACE}output:`, `${PLACE}input:`);
    const both = [...input].filter(([name]) => output.has(name));
    const differing = new Set(
      both.filter(([name, s]) => neutral(s) !== neutral(output.get(name)!)).map(([name]) => name),
    );
    for (let before = -1; before !== differing.size;) {
      before = differing.size;
      for (const [name, schema] of both) {
        const text = JSON.stringify(schema);
        if ([...differing].some((other) => text.includes(`"${PLACE}input:${other}"`))) differing.add(name);
      }
    }
    return differing;
  }
}
