import type { IncomingMessage, ServerResponse } from "node:http";
import compression from "compression";
import { isUnchanged, type Reply } from "../domain/reply.ts";

const COMPRESSED_FROM_BYTES = 1024;

type Compress = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;
const compress = compression({ threshold: COMPRESSED_FROM_BYTES }) as unknown as Compress;

/**
 * Writes an answer: 304 when the client has it, no body for HEAD, text compressed when it is worth it. Bytes go as they
 * are: the formats that come so are packed already.
 */
export function writeReply(request: IncomingMessage, response: ServerResponse, reply: Reply): void {
  if (response.headersSent || response.destroyed) return;
  const tag = reply.headers.ETag;
  const reads = request.method === "GET" || request.method === "HEAD";
  const unchanged = reads && typeof tag === "string" && isUnchanged(request.headers["if-none-match"], tag);
  response.statusCode = unchanged ? 304 : reply.status;
  for (const [name, value] of Object.entries(reply.headers)) {
    if (!(unchanged && name === "Content-Type")) response.setHeader(name, value);
  }
  if (unchanged || reply.status === 204) return void response.end();
  const body = Buffer.from(reply.body, reply.inBase64 ? "base64" : "utf8");
  response.setHeader("Content-Length", body.length);
  if (reply.inBase64 || body.length < COMPRESSED_FROM_BYTES) return void response.end(body);
  compress(request, response, () => response.end(body));
}
