import fc from "fast-check";
import { z } from "zod";
import { contract } from "../../../../mixins/contract.ts";
import { fieldKinds, valueOf } from "../../../../services/gateway/domain/field-kinds.ts";
import { textFaults } from "../../../../services/gateway/domain/hostile-text.ts";
import { parameterReader, type RequestParts } from "../../../../services/gateway/domain/parameters.ts";
import { routeTable } from "../../../../services/gateway/domain/routes.ts";

const Year = z.int().meta({ id: "YearOfTest" });
const params = z.strictObject({
  id: z.string(),
  year: Year.optional(),
  years: z.array(Year).optional(),
  price: z.number().nullable().optional(),
  sold: z.boolean().default(false),
  either: z.union([z.string(), z.int()]).optional(),
  month: z.literal([1, 2]).optional(),
  q: z.string().optional(),
});
const Cars = contract("cars", {
  find: { http: "GET /cars/:id", auth: "public", summary: "", params, result: z.unknown() },
  edit: { http: "PATCH /cars/:id", auth: "public", summary: "", params, result: z.unknown() },
});
const table = routeTable([Cars]);
const reader = (method: string) => {
  const { route, pathParams } = table.match(method, "/api/cars/7");
  const nowhere = { query: "", body: undefined, header: () => undefined, cookie: () => undefined, pathParams };
  return (parts: Partial<RequestParts>) => parameterReader(route)({ ...nowhere, ...parts }).params;
};
const [find, edit] = [reader("GET"), reader("PATCH")];
const faultsOf = (run: () => unknown): string[] => {
  try {
    run();
    return [];
  } catch (error) {
    return (error as { data: { errors: { path: string }[] } }).data.errors.map(({ path }) => path);
  }
};

test("the kind of a field is found behind defaults, null, references and choices", () => {
  expect(
    Object.fromEntries([...fieldKinds(params)].map(([name, { type, many }]) => [name, many ? `${type}s` : type])),
  ).toEqual({
    id: "text",
    year: "integer",
    years: "integers",
    price: "number",
    sold: "boolean",
    either: "text",
    month: "number",
    q: "text",
  });
});

test("what an integer is written as is what is read, and nothing else is one", () => {
  fc.assert(
    fc.property(
      fc.maxSafeInteger(),
      (whole) => valueOf(String(whole), "integer") === (Object.is(whole, -0) ? 0 : whole),
    ),
  );
  fc.assert(
    fc.property(fc.string(), (text) => {
      const value = valueOf(text, "integer");
      return typeof value === "string" ? value === text : String(value) === text || Math.abs(value as number) > 2 ** 53;
    }),
  );
});

test("any text survives the query", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary" }).filter((text) => !text.includes("\0")),
      (q) => {
        expect(find({ query: new URLSearchParams({ q }).toString() })).toEqual({ id: "7", q });
      },
    ),
  );
});

test("no query at all ever does worse than being refused", () => {
  const piece = fc.constantFrom(
    "year",
    "years",
    "q",
    "=",
    "&",
    "[",
    "]",
    "$ne",
    "%",
    "%00",
    "%ff",
    "__proto__",
    "1",
    "x",
    "+",
    ".",
  );
  fc.assert(
    fc.property(
      fc.array(piece).map((pieces) => pieces.join("")),
      (query) => {
        let read: unknown;
        try {
          read = find({ query });
        } catch (error) {
          return ["INVALID_INPUT", "MALFORMED_URL"].includes((error as { type: string }).type);
        }
        return Object.getPrototypeOf(read) === Object.prototype;
      },
    ),
    { numRuns: 2000 },
  );
});

test("no body brings more than the fields of its own, or a prototype", () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const body: unknown = JSON.parse(text);
      let read: Record<string, unknown>;
      try {
        read = edit({ body });
      } catch (error) {
        return (error as { type: string }).type === "INVALID_INPUT";
      }
      expect(read).toEqual({ ...(body as object), id: "7" });
      return !("admin" in read);
    }),
  );
  expect(faultsOf(() => edit({ body: JSON.parse('{"__proto__":{"admin":true}}') }))).toEqual(["__proto__"]);
});

test("all faults are told at once, each once", () => {
  expect(faultsOf(() => find({ query: "year=x&sold=1&__proto__=1&colour=red&q=1&q=2" })).sort()).toEqual(
    ["__proto__", "colour", "q", "sold", "year"].sort(),
  );
  expect(faultsOf(() => edit({ body: { id: "8", year: "x", q: "a\0" }, query: "a=1" })).sort()).toEqual([
    "a",
    "id",
    "q",
    "year",
  ]);
});

test("hostile text is found wherever it hides, and tame text nowhere", () => {
  const bad = fc.constantFrom("\0", "a\0b", "\ud800", "a\udfff");
  const tame = fc.jsonValue({ maxDepth: 4, stringUnit: "grapheme" });
  fc.assert(
    fc.property(tame, bad, fc.array(fc.constantFrom("a", "b", 0), { maxLength: 6 }), (around, text, path) => {
      const nested = path.reduceRight<unknown>((inner, key) => (key === 0 ? [inner] : { [key]: inner, around }), text);
      return textFaults(nested).some((fault) => fault.path === path.join("."));
    }),
  );
  const names = ["__proto__", "constructor", "prototype"];
  for (const name of names) expect(textFaults(JSON.parse(`{"a":[{"${name}":1}]}`))[0]?.path).toBe(`a.0.${name}`);
});

test("a thousand faults are told as a hundred", () => {
  expect(textFaults(Array<string>(1000).fill("\0"))).toHaveLength(100);
});
