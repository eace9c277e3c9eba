import { once } from "node:events";
import { connect } from "node:net";
import { openStall, type Stall } from "./stall.ts";

let stall: Stall;
beforeAll(async () => void (stall = await openStall()));
afterAll(() => stall.close());

/** Sends bytes as they are and answers all that comes back until the server closes. */
async function sendRaw(bytes: string | Buffer): Promise<{ status: number; body: string }> {
  const socket = connect(stall.port, "127.0.0.1");
  socket.end(bytes);
  let text = "";
  socket.on("data", (chunk) => (text += String(chunk))).on("error", () => undefined);
  await once(socket, "close");
  return { status: Number(text.split(" ")[1]), body: text.slice(text.indexOf("\r\n\r\n") + 4) };
}

const head = "Host: x\r\nConnection: close\r\n\r\n";

test.each([
  ["no HTTP at all", "hello\r\n\r\n", 400, "MALFORMED_REQUEST"],
  [
    "characters beyond ASCII in the URL",
    Buffer.from(`GET /api/things?q=현대 HTTP/1.1\r\n${head}`),
    400,
    "MALFORMED_URL",
  ],
  [
    "a URL of 20,000 characters",
    `GET /api/things?q=${"x".repeat(20_000)} HTTP/1.1\r\n${head}`,
    431,
    "HEADERS_TOO_LARGE",
  ],
  [
    "a header of 20,000 characters",
    `GET /api/things HTTP/1.1\r\nX: ${"x".repeat(20_000)}\r\n${head}`,
    431,
    "HEADERS_TOO_LARGE",
  ],
  [
    "two lengths",
    `POST /api/say HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n${head}`,
    400,
    "MALFORMED_REQUEST",
  ],
  ["a target that is no path", `GET things HTTP/1.1\r\n${head}`, 400, "MALFORMED_URL"],
])("%s is refused as a problem", async (_what, bytes, status, code) => {
  const answer = await sendRaw(bytes);
  expect([answer.status, JSON.parse(answer.body).code]).toEqual([status, code]);
});

test("a whole URL as the target is understood", async () => {
  const answer = await sendRaw(`GET http://market.example/api/things?limit=3 HTTP/1.1\r\n${head}`);
  expect([answer.status, JSON.parse(answer.body)]).toEqual([200, { asked: { limit: 3 } }]);
});

test("a body that breaks off runs nothing and harms nothing", async () => {
  await sendRaw(
    `POST /api/say HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n{"te`,
  );
  expect(stall.calls).not.toContain("say");
  expect((await stall.send("GET", "/api/things/search")).status).toBe(200);
  expect(stall.log).toEqual([]);
});
