import { openStall, type Stall } from "./stall.ts";

let stall: Stall;
beforeAll(async () => void (stall = await openStall()));
afterAll(() => stall.close());

test.each(["/api/docs", "/api/docs/"])("%s is a page whose every file is served here", async (path) => {
  const page = await stall.send("GET", path);
  expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
  const files = [...page.text.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map((match) => match[1]!);
  expect(files).toHaveLength(3);
  for (const file of files) {
    const { status, headers, text } = await stall.send("GET", file);
    expect([file, status, text.length > 50]).toEqual([file, 200, true]);
    expect(headers.get("content-type")).toMatch(file.endsWith(".css") ? /^text\/css/ : /^text\/javascript/);
    const again = await stall.send("GET", file, { headers: { "if-none-match": headers.get("etag")! } });
    expect(again.status).toBe(304);
  }
});

test("the page runs scripts of this origin only, and none stands in it", async () => {
  const { text, headers } = await stall.send("GET", "/api/docs");
  expect(headers.get("content-security-policy")).toMatch(/script-src 'self'(;|$)/);
  expect(text).not.toMatch(/<script>|<script [^>]*>[^<]|https?:\/\//);
});

test.each(["/api/docs/package.json", "/api/docs/..%2fpackage.json", "/api/docs/nothing.js", "/api/docs/swagger-ui.js"])(
  "no other file can be had: %s",
  async (path) => {
    expect((await stall.send("GET", path)).status).toBe(404);
  },
);

test("the description lists every route and what it asks for", async () => {
  const { body } = await stall.send("GET", "/api/openapi.json");
  expect(body.openapi).toMatch(/^3\.1/);
  expect(Object.keys(body.paths)).toEqual(expect.arrayContaining(["/api/things/{id}", "/v2/infer", "/api/docs"]));
  expect(body.paths["/api/things/{id}"].patch.parameters.map((one: { name?: string }) => one.name)).toContain(
    "If-Match",
  );
  const declared = Object.keys(body.paths["/api/things"].post.responses);
  expect(declared).toEqual(["201", "400", "401", "403", "409", "413", "415", "422", "429", "500", "503", "504"]);
});
