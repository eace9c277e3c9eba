import { accessOf, openStall, type Stall } from "./stall.ts";
import { archiveOf } from "./things.ts";

let stall: Stall;
let member: Record<string, string>;
beforeAll(async () => {
  stall = await openStall();
  member = { authorization: `Bearer ${await accessOf("ada", "member")}` };
});
afterAll(() => stall.close());

describe("a request id", () => {
  test.each(["client-id.42_A", "0123456789abcdef"])("%s is taken over and reaches the action", async (id) => {
    const answer = await stall.send("GET", "/api/who-am-i", { headers: { "x-request-id": id } });
    expect([answer.headers.get("x-request-id"), answer.body.requestId]).toEqual([id, id]);
  });

  test.each(["short", "x".repeat(65), "with blank s", "<script>alert</script>"])("%s is replaced", async (id) => {
    const answer = await stall.send("GET", "/api/who-am-i", { headers: { "x-request-id": id } });
    expect(answer.headers.get("x-request-id")).not.toBe(id);
    expect(answer.headers.get("x-request-id")).toBe(answer.body.requestId);
  });

  test("stands in problems", async () => {
    const answer = await stall.send("GET", "/api/nothing", { headers: { "x-request-id": "client-id" } });
    expect([answer.headers.get("x-request-id"), answer.body.requestId]).toEqual(["client-id", "client-id"]);
  });
});

describe("an ETag", () => {
  test("of an editable thing starts with its version, and If-Match compares that", async () => {
    const tag = (await stall.send("GET", "/api/things/a")).headers.get("etag")!;
    expect(tag).toMatch(/^"3-[\w-]{22}"$/);
    const edit = (ifMatch: string) =>
      stall.send("PATCH", "/api/things/a", { headers: { ...member, "if-match": ifMatch }, body: { name: "b" } });
    expect((await edit(tag)).headers.get("etag")).toMatch(/^"4-/);
    const stale = await edit('"2-abc"');
    expect([stale.status, stale.body.code, stale.body.currentVersion]).toEqual([412, "VERSION_CONFLICT", 3]);
  });

  test("that the client has makes the answer 304 without a body", async () => {
    for (const path of ["/api/things/a", "/api/things/search"]) {
      const tag = (await stall.send("GET", path)).headers.get("etag")!;
      for (const known of [tag, `"other", ${tag}`, "*", tag.startsWith("W/") ? tag.slice(2) : `W/${tag}`]) {
        const again = await stall.send("GET", path, { headers: { "if-none-match": known } });
        expect([again.status, again.text, again.headers.get("etag")]).toEqual([304, "", tag]);
      }
      expect((await stall.send("GET", path, { headers: { "if-none-match": '"other"' } })).status).toBe(200);
    }
  });
});

test("a large answer is compressed for those who can read it, a small one is not", async () => {
  for (const [encoding, expected] of [
    ["gzip", "gzip"],
    ["br", "br"],
    ["identity", null],
  ] as const) {
    const answer = await stall.send("GET", "/api/things/big", { headers: { "accept-encoding": encoding } });
    expect([answer.status, answer.headers.get("content-encoding"), answer.body.much.length]).toEqual([
      200,
      expected,
      10_000,
    ]);
    expect(answer.headers.get("vary")).toMatch(/Accept-Encoding/);
  }
  expect((await stall.send("GET", "/api/things/search")).headers.get("content-encoding")).toBeNull();
});

test("what was made is told with its place", async () => {
  const answer = await stall.send("POST", "/api/things/", { headers: member, body: { name: "lamp" } });
  expect([answer.status, answer.headers.get("location")]).toEqual([201, "/api/things/thing-of-ada"]);
});

test("an answer without content has none", async () => {
  const moderator = { authorization: `Bearer ${await accessOf("mo", "moderator")}` };
  const answer = await stall.send("DELETE", "/api/things/a", { headers: moderator });
  expect([answer.status, answer.text, answer.headers.get("content-type")]).toEqual([204, "", null]);
});

test("an answer that is not JSON keeps its media type", async () => {
  const answer = await stall.send("GET", "/api/things/picture.svg");
  expect(answer.headers.get("content-type")).toBe("image/svg+xml; charset=utf-8");
  expect(answer.text).toMatch(/^<svg/);
});

describe("an answer in bytes", () => {
  const packed = { "accept-encoding": "gzip, br" };
  const archive = (size: number, init: RequestInit = {}) =>
    fetch(`${stall.url}/api/things/archive.zip?size=${size}`, { ...init, headers: { ...packed, ...init.headers } });

  test.each([0, 4, 5000, 3_000_000])(
    "is what the action packed, byte for byte and not compressed (%d)",
    async (size) => {
      const answer = await archive(size);
      const { headers } = answer;
      expect(Buffer.from(await answer.arrayBuffer()).equals(archiveOf(size))).toBe(true);
      expect([headers.get("content-type"), headers.get("content-length")]).toEqual(["application/zip", String(size)]);
      expect([headers.get("content-encoding"), headers.get("cache-control")]).toEqual([null, "no-store"]);
      expect(headers.get("content-disposition")).toBe('attachment; filename="things.zip"');
    },
  );

  test("has an ETag by which it is not sent again, and a head without it", async () => {
    const head = await archive(5000, { method: "HEAD" });
    expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([200, "5000", ""]);
    const again = await archive(5000, { headers: { "if-none-match": head.headers.get("etag")! } });
    expect([again.status, await again.text()]).toEqual([304, ""]);
  });

  test("comes again to the same Idempotency-Key", async () => {
    stall.calls.length = 0;
    const ask = () =>
      fetch(`${stall.url}/api/things/archive.zip`, {
        method: "POST",
        headers: { "content-type": "application/json", "idempotency-key": "pack-it-once" },
        body: JSON.stringify({ text: "\u00ff\u00fe\u0080" }),
      });
    const [first, again] = [await ask(), await ask()];
    for (const answer of [first, again])
      expect([...new Uint8Array(await answer.arrayBuffer())]).toEqual([255, 254, 128]);
    expect([again.headers.get("idempotency-replayed"), stall.calls]).toEqual(["true", ["pack"]]);
  });

  test("of a refusal is a problem like any other", async () => {
    const answer = await fetch(`${stall.url}/api/things/archive.zip?size=many`);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([422, "application/problem+json"]);
  });
});

test("every answer, good or not, carries the security headers", async () => {
  for (const path of ["/api/things/search", "/api/nothing", "/api/things?colour=red"]) {
    const { headers } = await stall.send("GET", path);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("content-security-policy")).toMatch(/default-src 'none'/);
    expect(headers.get("x-powered-by")).toBeNull();
  }
});

test("caches ask before they use an answer again, and share none that is for one caller", async () => {
  const cached = async (path: string, headers = {}) =>
    (await stall.send("GET", path, { headers })).headers.get("cache-control");
  expect(await cached("/api/who-am-i")).toBe("no-cache");
  expect(await cached("/api/who-am-i", member)).toBe("private, no-cache");
  expect((await stall.send("POST", "/api/say", { body: { text: "a" } })).headers.get("cache-control")).toBe("no-store");
});
