import { operationOf, type DescribedRoute } from "./openapi/operation.ts";
import { problemExamples } from "./openapi/responses.ts";
import { SchemaBook, type Json } from "./openapi/schema-book.ts";
import { problemSchema, securitySchemes, sharedHeaders, sharedParameters } from "./openapi/shared-components.ts";

export type { DescribedRoute } from "./openapi/operation.ts";

export interface Described {
  title: string;
  version: string;
  description: string;
  tags: readonly { name: string; description: string }[];
  routes: readonly DescribedRoute[];
  /** What the cookie with the access token is called. */
  cookieName: string;
}

export interface OpenApiDocument extends Json {
  openapi: string;
  paths: Record<string, Json>;
}

/** The OpenAPI 3.1 document of some routes; everything in it comes from their contracts. */
export function openApiDocument({ title, version, description, tags, routes, cookieName }: Described): OpenApiDocument {
  const book = new SchemaBook();
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route, book) };
  }
  const settled = book.settle(paths);
  return {
    openapi: "3.1.1",
    info: {
      title,
      version,
      description,
      license: { name: "All rights reserved", identifier: "LicenseRef-Proprietary" },
    },
    servers: [{ url: "/", description: "This installation" }],
    tags,
    paths: settled.document,
    components: {
      securitySchemes: securitySchemes(cookieName),
      headers: sharedHeaders,
      parameters: sharedParameters,
      examples: problemExamples(routes),
      schemas: { ...settled.schemas, Problem: problemSchema },
    },
  };
}
