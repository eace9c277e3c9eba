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

/** An index that is there, empty. */
function standard({ path }: SeenRequest): ScriptedAnswer {
  if (path.includes("/_search")) return { body: { timed_out: false, hits: { total: { value: 0 }, hits: [] } } };
  if (path.includes("/_bulk")) return { body: { errors: false, items: [] } };
  if (path.includes("/_count")) return { body: { count: 0 } };
  return {};
}
