import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { entityTag, type Reply } from "../domain/reply.ts";
import { PAGE_POLICY } from "./base-headers.ts";

const TYPES: Record<string, string> = {
  "swagger-ui.css": "text/css; charset=utf-8",
  "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
};

/** Swagger UI from its package: nothing is fetched from elsewhere, no script stands in the page itself. */
export const docsHtml = (title: string) => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>${title}</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href="/api/docs/swagger-ui.css" />
  </head>
  <body>
    <div id="interface"></div>
    <script src="/api/docs/swagger-ui-bundle.js"></script>
    <script src="/api/docs/start.js"></script>
  </body>
</html>
`;

export const docsHeaders = { "Content-Security-Policy": PAGE_POLICY };

const START = `SwaggerUIBundle({ url: "/api/openapi.json", dom_id: "#interface", deepLinking: true, tryItOutEnabled: true });
`;

/** The files of the page by path; they are read when they are first asked for. */
export function docsFiles(): (requestPath: string) => Reply | undefined {
  const files = new Map<string, Reply>();
  const read = (name: string): Reply | undefined => {
    if (name === "start.js") return fileReply("text/javascript; charset=utf-8", START);
    const type = TYPES[name];
    if (!type) return undefined;
    return fileReply(type, readFileSync(path.join(swaggerDirectory(), name), "utf8"));
  };
  return (requestPath) => {
    const name = /^\/api\/docs\/([\w.-]+)$/.exec(requestPath)?.[1];
    if (name === undefined) return undefined;
    const file = files.get(name) ?? read(name);
    if (file) files.set(name, file);
    return file;
  };
}

const fileReply = (type: string, body: string): Reply => ({
  status: 200,
  headers: { "Content-Type": type, "Cache-Control": "no-cache", ETag: entityTag(body, undefined) },
  body,
});

const swaggerDirectory = () => path.dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
