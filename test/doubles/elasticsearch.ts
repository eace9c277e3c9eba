import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface SeenRequest {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}
export interface ScriptedAnswer {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
  /** Never answers: the client's own limit must end the wait. */
  silent?: boolean;
}

/**
 * A test double of a search server: answers each request as it is told and remembers what it was asked. It holds no
 * documents and understands no query; that the requests mean what they should is proven on a real server.
 */
export async function openElasticsearchDouble(answer: (request: SeenRequest) => ScriptedAnswer | undefined, port = 0) {
  const seen: SeenRequest[] = [];
  const reply = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = "", url: path = "", headers } = request;
    const asked = { method, path, headers, body: await text(request) };
    seen.push(asked);
    const { status = 200, headers: own, body = {}, silent } = answer(asked) ?? standard(asked);
    if (silent) return;
    response.writeHead(status, {
      "content-type": "application/vnd.elasticsearch+json; compatible-with=8",
      "x-elastic-product": "Elasticsearch",
      ...own,
    });
    response.end(method === "HEAD" ? undefined : JSON.stringify(body));
  };
  const server = createServer((request, response) => void reply(request, response));
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    /** The last request to a path that ends so. */
    last: (ending: string) => seen.findLast(({ path }) => path.split("?")[0]!.endsWith(ending))!,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Removes what a test has left on a real server. */
export async function discardMarket(url: string, name: string): Promise<void> {
  const found = (await (await fetch(`${url}/${name}-*/_alias`)).json()) as object;
  for (const index of Object.keys(found)) await fetch(`${url}/${index}`, { method: "DELETE" });
  await fetch(`${url}/_index_template/${name}-*`, { method: "DELETE" });
  for (const template of [`${name}-*`, `${name}@*`]) {
    await fetch(`${url}/_component_template/${template}`, { method: "DELETE" });
  }
}

/** The index of a market named `test` or `test-cars` is there, empty. */
function standard({ method, path }: SeenRequest): ScriptedAnswer {
  const [, name] = /^\/([\w-]+)-v\*\/_alias$/.exec(decodeURIComponent(path.split("?")[0]!)) ?? [];
  if (method === "GET" && name) return { body: { [`${name}-v3-000001`]: { aliases: { [`${name}-v3`]: {} } } } };
  if (path.includes("/_search")) return { body: { timed_out: false, hits: { total: { value: 0 }, hits: [] } } };
  if (path.includes("/_bulk")) return { body: { errors: false, items: [] } };
  if (path.includes("/_count")) return { body: { count: 0 } };
  return {};
}
