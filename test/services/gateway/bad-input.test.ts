import { accessOf, openStall, type Stall } from "./stall.ts";

let stall: Stall;
beforeAll(async () => void (stall = await openStall()));
afterAll(() => stall.close());
beforeEach(() => void (stall.calls.length = 0));

const paths = (body: { errors?: { path: string }[] }) => body.errors?.map(({ path }) => path);

describe("a query", () => {
  test("is read by the kinds of its parameters", async () => {
    const { body } = await stall.send("GET", "/api/things?limit=5&price=-1.5&sold=true&tag=7&tag=b&year=2017&q=12");
    expect(body.asked).toEqual({ limit: 5, price: -1.5, sold: true, tag: ["7", "b"], year: [2017], q: "12" });
  });

  test.each([
    ["limit=12abc", ["limit"]],
    ["limit=", ["limit"]],
    ["limit=1e1", ["limit"]],
    ["limit=0x10", ["limit"]],
    ["limit=007", ["limit"]],
    ["limit=1.5", ["limit"]],
    ["limit=Infinity", ["limit"]],
    [`limit=${"9".repeat(29)}`, ["limit"]],
    ["limit=5&limit=6", ["limit"]],
    ["sold=yes", ["sold"]],
    ["price=NaN", ["price"]],
    ["year=2017&year=x", ["year.1"]],
    ["brand[$ne]=x", ["brand[$ne]"]],
    ["limit[$gt]=1", ["limit[$gt]"]],
    ["colour=red", ["colour"]],
    ["__proto__=x", ["__proto__"]],
    ["constructor=x&prototype=y", ["constructor", "prototype"]],
    ["q=a%00b", ["q"]],
    ["a%00=b", ["a\\0"]],
    [`q=${"x".repeat(5000)}`, ["q"]],
    ["limit=0&colour=red&sold=1", ["colour", "limit", "sold"]],
  ])("%.40s is refused by name", async (query, named) => {
    const { status, body } = await stall.send("GET", `/api/things?${query}`);
    expect([status, body.code, [...new Set(paths(body))]]).toEqual([422, "INVALID_INPUT", named]);
    expect(stall.calls).toEqual([]);
  });

  test.each(["/api/things?q=%zz", "/api/things?q=%ED%A0%80", "/api/things/%zz", "/api/things/%C3%28", "/api/things?%"])(
    "%s is no URL: 400",
    async (path) => {
      const { status, body } = await stall.send("GET", path);
      expect([status, body.code]).toEqual([400, "MALFORMED_URL"]);
    },
  );

  test("does not belong to a route that takes a body", async () => {
    const { status, body } = await stall.send("POST", "/api/say?text=a&x=1", { body: { text: "a" } });
    expect([status, paths(body)]).toEqual([422, ["text", "x"]]);
  });
});

describe("a body", () => {
  test.each([
    ["not the field's type", { text: 7 }, ["text"]],
    ["an unknown field", { text: "a", more: 1 }, ["more"]],
    ["a NUL", { text: "a\0b" }, ["text"]],
    ["half a character", '{"text":"\\ud800"}', ["text"]],
    ["half a character in a name", '{"text":"a","\\udc00":1}', ["\ufffd"]],
    ["a prototype", '{"text":"a","__proto__":{"admin":true}}', ["__proto__"]],
    ["a list", ["a"], [""]],
    ["a text", '"a"', [""]],
    ["null", "null", [""]],
    ["a number", "7", [""]],
  ])("with %s is refused by name", async (_what, body, named) => {
    const answer = await stall.send("POST", "/api/say", { body });
    expect([answer.status, answer.body.code, paths(answer.body)]).toEqual([422, "INVALID_INPUT", named]);
    expect(stall.calls).toEqual([]);
  });

  test("may not bring what belongs to the path or a header", async () => {
    const headers = { authorization: `Bearer ${await accessOf("ada", "member")}` };
    const answer = await stall.send("PATCH", "/api/things/a", { headers, body: { id: "b", ifMatch: "1", name: "c" } });
    expect([answer.status, paths(answer.body)]).toEqual([422, ["id", "ifMatch"]]);
  });

  test("nested without end is refused where it goes too deep", async () => {
    const headers = { authorization: `Bearer ${await accessOf("ada", "member")}` };
    const body = `{"name":"a","detail":${"[".repeat(40_000)}${"]".repeat(40_000)}}`;
    const answer = await stall.send("POST", "/api/things", { headers, body });
    expect([answer.status, answer.body.errors[0].message]).toEqual([422, "Nested too deeply"]);
  });

  test.each([
    ["broken JSON", '{"text":', 400, "MALFORMED_BODY"],
    ["nothing but blanks", "   ", 400, "MALFORMED_BODY"],
    ["more than the route takes", `{"text":"${"x".repeat(2000)}"}`, 413, "BODY_TOO_LARGE"],
    ["ten megabytes", `{"text":"${"x".repeat(10_000_000)}"}`, 413, "BODY_TOO_LARGE"],
  ])("of %s gets its own status", async (_what, body, status, code) => {
    const answer = await stall.send("POST", "/api/say", { body });
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  test("that is not UTF-8 is refused instead of being altered", async () => {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${stall.url}/api/say`, {
      method: "POST",
      headers,
      body: Buffer.from([...Buffer.from('{"text":"'), 0xc3, 0x28, ...Buffer.from('"}')]),
    });
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([400, "MALFORMED_BODY"]);
  });

  test.each([
    [{ "content-type": "text/plain" }],
    [{ "content-type": "application/x-www-form-urlencoded" }],
    [{ "content-type": "application/json; charset=euc-kr" }],
    [{ "content-type": "application/json-patch+json" }],
    [{ "content-encoding": "gzip" }],
  ])("announced as %j is 415", async (headers) => {
    const answer = await stall.send("POST", "/api/say", {
      headers: headers as Record<string, string>,
      body: { text: "a" },
    });
    expect([answer.status, answer.body.code]).toEqual([415, "UNSUPPORTED_MEDIA_TYPE"]);
  });

  test.each(["application/json", "Application/JSON; charset=UTF-8", 'application/json;charset="utf-8"'])(
    "announced as %s is read",
    async (type) => {
      const answer = await stall.send("POST", "/api/say", {
        headers: { "content-type": type },
        body: { text: "안녕" },
      });
      expect([answer.status, answer.body]).toEqual([200, { text: "안녕" }]);
    },
  );

  test("that is missing leaves the fields missing", async () => {
    const answer = await stall.send("POST", "/api/say");
    expect([answer.status, paths(answer.body)]).toEqual([422, ["text"]]);
  });
});

test("a server that refused everything above still works", async () => {
  expect((await stall.send("GET", "/api/things/search")).status).toBe(200);
  expect(stall.log).toEqual([]);
});
