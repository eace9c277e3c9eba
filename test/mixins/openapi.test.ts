import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { z } from "zod";
import { openApiDocument, type DescribedRoute } from "../../mixins/openapi.ts";
import { contract, NoContent, type Published } from "../../mixins/contract.ts";
import { failure, InvalidInput } from "../../mixins/failure.ts";

// The document is read as plain JSON.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Json = any;

const Colour = z.enum(["red", "green"]).meta({ id: "Colour" });
const Box = z.strictObject({ width: z.int().min(1).default(3), colour: Colour.nullable() }).meta({ id: "Box" });
const Boxes = contract("boxes", {
  fill: {
    http: "PUT /boxes/:id",
    auth: "member",
    summary: "Fills a box",
    params: z.strictObject({ id: z.uuid(), ifMatch: z.string().optional(), box: Box, note: z.string().optional() }),
    headers: { ifMatch: "If-Match" },
    result: Box,
  },
  find: {
    http: "GET /boxes",
    auth: "public",
    summary: "Finds boxes",
    params: z.strictObject({ colour: z.array(Colour).optional(), width: z.int(), token: z.string().optional() }),
    cookies: { token: "token" },
    result: z.strictObject({ items: z.array(Box), at: z.iso.datetime() }),
    otherResults: { 503: z.strictObject({ busy: z.literal(true) }) },
    example: { width: 3 },
  },
  drop: {
    http: "DELETE /boxes/:id",
    auth: "member",
    summary: "Drops it",
    params: z.strictObject({ id: z.uuid() }),
    result: NoContent,
  },
});
const Busy = failure("BUSY", 503, "Busy");

const described = (
  name: string,
  method: string,
  path: string,
  status: number,
  pathNames: string[] = [],
): DescribedRoute => {
  const spec = (Boxes.$actions as Record<string, unknown>)[name] as Published;
  const refusals = [InvalidInput, Busy];
  return {
    operationId: `boxes.${name}`,
    tag: "boxes",
    method,
    path,
    pathNames,
    spec,
    status,
    refusals,
    hasLocation: false,
  };
};
const document: Json = JSON.parse(
  JSON.stringify(
    openApiDocument({
      title: "Boxes",
      version: "1",
      description: "",
      tags: [],
      cookieName: "access",
      routes: [
        described("fill", "PUT", "/boxes/:id", 200, ["id"]),
        described("find", "GET", "/boxes", 200),
        described("drop", "DELETE", "/boxes/:id", 204, ["id"]),
      ],
    }),
  ),
);
const { schemas } = document.components;
const find = document.paths["/boxes"].get;
const fill = document.paths["/boxes/{id}"].put;
const parameter = (operation: Json, name: string) => operation.parameters.find((one: Json) => one.name === name);

test("a schema whose two sides differ has two components, any other one", () => {
  expect(Object.keys(schemas).sort()).toEqual(["Box", "BoxInput", "Colour", "Problem"]);
  expect(schemas.Box.required).toEqual(["width", "colour"]);
  expect(schemas.BoxInput.required).toEqual(["colour"]);
  expect(fill.requestBody.content["application/json"].schema.properties.box.$ref).toBe("#/components/schemas/BoxInput");
  expect(fill.responses[200].content["application/json"].schema.$ref).toBe("#/components/schemas/Box");
});

test("parameters stand where they travel", () => {
  expect(parameter(fill, "id")).toMatchObject({ in: "path", required: true });
  expect(parameter(fill, "If-Match")).toMatchObject({ in: "header", required: false });
  expect(parameter(find, "width")).toMatchObject({ in: "query", required: true, example: 3 });
  expect(parameter(find, "colour")).toMatchObject({ in: "query", required: false, schema: { type: "array" } });
  expect(find.parameters.filter((one: Json) => one.name === "token").map((one: Json) => one.in)).toEqual([
    "cookie",
    "query",
  ]);
  expect(Object.keys(fill.requestBody.content["application/json"].schema.properties)).toEqual(["box", "note"]);
  expect(fill.requestBody.required).toBe(true);
});

test("who may call is said, and by which means", () => {
  expect(find.security).toEqual([]);
  expect(fill.security).toEqual([{ bearer: [] }, { cookie: [], csrf: [] }]);
});

test("each status has its forms, and problems name their codes", () => {
  expect(Object.keys(find.responses)).toEqual(["200", "304", "422", "503"]);
  expect(Object.keys(find.responses[503].content)).toEqual(["application/json", "application/problem+json"]);
  expect(find.responses[422].content["application/problem+json"].schema.allOf[1].properties.code.enum).toEqual([
    "INVALID_INPUT",
  ]);
  expect(document.paths["/boxes/{id}"].delete.responses[204].content).toBeUndefined();
});

test("every example fits its schema", () => {
  const ajv = addFormats.default(new Ajv2020.default({ strict: false }));
  ajv.addSchema({ $id: "api", components: document.components });
  const local = (schema: Json): Json =>
    JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"api#/components'));
  let seen = 0;
  const visit = (node: Json): void => {
    if (node === null || typeof node !== "object") return;
    if (node.schema && "example" in node) {
      seen++;
      expect([ajv.validate(local(node.schema), node.example), node.example, ajv.errors]).toEqual([
        true,
        node.example,
        null,
      ]);
    }
    Object.values(node).forEach(visit);
  };
  visit(document.paths);
  expect(seen).toBeGreaterThan(3);
});
