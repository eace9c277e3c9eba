import fc from "fast-check";
import { uuidv7 } from "uuidv7";
import { hostileText, spoiled, valid } from "./arbitraries.ts";
import type { Input, Prober, Values } from "./prober.ts";

/** Requests that the document allows and that name things which exist. */
export function validInput(prober: Prober, route: string): fc.Arbitrary<Input> {
  const { api } = prober;
  const operation = prober.operation(route);
  const ids = prober.idsFor(route);
  const of = (place: "path" | "query") => {
    const fields = operation.parameters.filter((p) => p.in === place && p.name !== "cursor");
    const values = fields.map((p) => [p.name, p.name in ids ? fc.constant(ids[p.name]) : valid(api, p.schema)]);
    const requiredKeys = fields.filter((p) => p.required).map((p) => p.name);
    return fc.record(Object.fromEntries(values), { requiredKeys }) as fc.Arbitrary<Values>;
  };
  return fc.record({ path: of("path"), query: of("query").map(shallow), body: bodyFor(prober, route) });
}

/** Requests with something wrong in the body, the query or the path. */
export function hostileInput(prober: Prober, route: string): fc.Arbitrary<Input> {
  return validInput(prober, route).chain((base) =>
    fc.oneof(
      base.body === undefined ? fc.constant(base) : spoiled(fc.constant(base.body)).map((body) => ({ ...base, body })),
      spoiled(fc.constant(base.query)).map((query) => ({ ...base, query: asQuery(query) })),
      hostileText.map((text) => ({
        ...base,
        path: Object.fromEntries(Object.keys(base.path).map((name) => [name, text || "-"])),
      })),
    ),
  );
}

const asQuery = (value: unknown): Values =>
  typeof value === "object" && value !== null ? (value as Values) : { [String(value)]: "1" };

/** Pages beyond 10,000 items are refused by rule, not by schema. */
const shallow = (query: Values): Values =>
  "page" in query ? { ...query, page: 1 + (Number(query.page) % 90) } : query;

function bodyFor(prober: Prober, route: string): fc.Arbitrary<unknown> {
  const schema = prober.operation(route).body;
  if (!schema) return fc.constant(undefined);
  if (route.endsWith("/infer")) return tensors;
  return valid(prober.api, schema).map((body) => agreeing(route, body as Values));
}

/** Rules between fields and between accounts, which a schema cannot tell. */
function agreeing(route: string, body: Values): Values {
  if (route === "PATCH /cars/:id") return { price: 9000, mileage: 50_000, ...body };
  const fresh = uuidv7().slice(-12);
  const own: Values = { ...body };
  if ("email" in body) own.email = `${fresh}@example.com`;
  if ("password" in body) own.password = `violet otters sing ${String(body.password)}`.slice(0, 128).toWellFormed();
  if ("handle" in body) own.handle = `h.${fresh}`;
  // Five changes in thirty days are all that a handle may have; a scene makes them.
  delete own.newHandle;
  return route === "PATCH /accounts/users/:handle" ? { bio: "Cars and cameras", ...own } : own;
}

/** Inference requests; which tensors a model takes is told by its metadata, not by the schema. */
const tensors = fc.integer({ min: 1, max: 5 }).chain((rows) => {
  const tensor = (name: string, datatype: string, value: fc.Arbitrary<unknown>) =>
    fc.array(value, { minLength: rows, maxLength: rows }).map((data) => ({ name, shape: [rows], datatype, data }));
  const inputs = fc.tuple(
    tensor("brand", "BYTES", fc.constantFrom("Audi", "현대", "?")),
    tensor("model", "BYTES", fc.constantFrom("A6", "Rio")),
    tensor("year", "INT64", fc.integer({ min: 1990, max: 2020 })),
    tensor("mileage", "INT64", fc.integer({ min: 0, max: 200_000 })),
    tensor("fuelType", "BYTES", fc.constantFrom("Petrol", "Diesel")),
  );
  return fc.record({ id: fc.uuid(), inputs }, { requiredKeys: ["inputs"] });
});
