import { createHmac } from "node:crypto";
import { accessTokens } from "../../mixins/access-token.ts";

const secret = "a secret for tests only, 32 bytes";
const tokens = accessTokens({ secret });
const claims = { accountId: "0193b5a0-7d3c-7c3e-9f5e-0d8f4d1c2b3a", roles: ["member"], sessionId: "session-1" };

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
const decode = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, unknown>;
/** A token of one's own making, properly signed unless said otherwise. */
async function forged(header: object, payload: object, key = secret, hash = "sha256"): Promise<string> {
  const [h, p] = (await tokens.sign(claims)).split(".") as [string, string];
  const text = `${encode({ ...decode(h), ...header })}.${encode({ ...decode(p), ...payload })}`;
  return `${text}.${createHmac(hash, key).update(text).digest("base64url")}`;
}

test("what was signed comes back", async () => {
  expect(await tokens.verify(await tokens.sign(claims))).toEqual(claims);
  expect(await tokens.verify(await forged({}, {}))).toEqual(claims);
});

test("a token lives for fifteen minutes", async () => {
  const minutesAgo = (minutes: number) => tokens.sign(claims, new Date(Date.now() - minutes * 60_000));
  expect(await tokens.verify(await minutesAgo(14))).toEqual(claims);
  expect(await tokens.verify(await minutesAgo(16))).toBeUndefined();
});

test("two tokens of one moment differ", async () => {
  const now = new Date();
  expect(await tokens.sign(claims, now)).not.toBe(await tokens.sign(claims, now));
});

test.each<[string, () => Promise<string>]>([
  ["another secret", () => accessTokens({ secret: "another secret for tests, 32 byte" }).sign(claims)],
  ["no signature", async () => `${(await tokens.sign(claims)).split(".").slice(0, 2).join(".")}.`],
  ["algorithm none", () => forged({ alg: "none" }, {})],
  ["another algorithm", () => forged({ alg: "HS512" }, {}, secret, "sha512")],
  ["another type", () => forged({ typ: "JWT" }, {})],
  ["another issuer", () => forged({}, { iss: "somebody" })],
  ["another audience", () => forged({}, { aud: "somebody" })],
  ["no expiry", () => forged({}, { exp: undefined })],
  ["no subject", () => forged({}, { sub: undefined })],
  ["roles that are no list", () => forged({}, { roles: "admin" })],
  ["a critical extension", () => forged({ crit: ["x"], x: 1 }, {})],
  [
    "an altered payload",
    async () => (await tokens.sign(claims)).replace(/\.(.)/, (_m, c: string) => `.${c === "a" ? "b" : "a"}`),
  ],
  ["nothing", async () => ""],
  ["something long", async () => "a.".repeat(5000)],
])("a token with %s is nobody's", async (_what, make) => {
  expect(await tokens.verify(await make())).toBeUndefined();
});

test("one token is one string: another spelling of the same bytes is refused", async () => {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const token = await tokens.sign(claims);
  const twin = token.slice(0, -1) + letters[letters.indexOf(token.at(-1)!) ^ 1];
  const bytes = (text: string) => Buffer.from(text.split(".")[2]!, "base64url").toString("hex");
  expect(bytes(twin)).toBe(bytes(token));
  expect(await tokens.verify(twin)).toBeUndefined();
  expect(await tokens.verify(`${token}=`)).toBeUndefined();
});

test("a CSRF token belongs to its session and its secret", () => {
  const other = accessTokens({ secret: "another secret for tests, 32 byte" });
  expect(tokens.csrfToken("session-1")).toBe(tokens.csrfToken("session-1"));
  expect(
    new Set([tokens.csrfToken("session-1"), tokens.csrfToken("session-2"), other.csrfToken("session-1")]).size,
  ).toBe(3);
});
