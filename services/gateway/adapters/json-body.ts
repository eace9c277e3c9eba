import type { IncomingMessage, ServerResponse } from "node:http";
import ApiGateway from "moleculer-web";
import { BodyTooLarge, MalformedBody, UnsupportedMediaType } from "../gateway.contract.ts";

const DEFAULT_MAX_BYTES = 100_000;
const JSON_IN_UTF8 = /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-?8"?\s*)?$/i;

type Reader = (request: IncomingMessage, response: ServerResponse, done: (error?: unknown) => void) => void;

/**
 * Makes the function that reads a JSON body of at most so many bytes; undefined when there is none. Throws 413, 415
 * (another media type, charset or encoding) or 400 (broken JSON or UTF-8).
 */
export function jsonBody(maxBodyBytes = DEFAULT_MAX_BYTES) {
  const read = ApiGateway.bodyParser.raw({ limit: maxBodyBytes, type: () => true, inflate: false }) as Reader;
  return async (request: IncomingMessage & { body?: unknown }, response: ServerResponse): Promise<unknown> => {
    await new Promise<void>((resolve, reject) =>
      read(request, response, (error) => (error ? reject(refusalOf(error, maxBodyBytes)) : resolve())),
    );
    if (!Buffer.isBuffer(request.body) || request.body.length === 0) return undefined;
    if (!JSON_IN_UTF8.test(request.headers["content-type"] ?? "")) throw UnsupportedMediaType();
    return parse(request.body);
  };
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw MalformedBody();
  }
}

/** The parser's own errors in our words. */
function refusalOf(error: unknown, maxBodyBytes: number): Error {
  const { type } = error as { type?: string };
  if (type === "entity.too.large") return BodyTooLarge({ maxBodyBytes });
  if (type === "encoding.unsupported") return UnsupportedMediaType();
  return MalformedBody({ detail: "The body did not arrive as announced" });
}
