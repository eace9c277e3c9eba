import { SignJWT, UnsecuredJWT } from "jose";
import type { ServiceBroker } from "moleculer";
import { ACCESS_SECONDS, accessTokens } from "../../../../mixins/access-token.ts";
import { Accounts, type SignedIn } from "../../../../services/accounts/accounts.contract.ts";
import { codeOf, openDesk, SECRET, type Desk } from "../desk.ts";

let desk: Desk;
let node: ServiceBroker;
let signedIn: SignedIn;
let claims: { accountId: string; roles: string[]; sessionId: string };
const verify = (token: string) => codeOf(Accounts.verify(node, { token }));

beforeAll(async () => {
  desk = await openDesk();
  node = desk.nodes[0]!;
  signedIn = await Accounts.register(node, { email: "minji@example.com", password: "correct horse battery" });
  claims = (await accessTokens({ secret: SECRET }).verify(signedIn.access))!;
});
afterAll(() => desk.close());

/** A token that is right in everything but what the test changes. */
const jwt = (payload: object = {}, { alg = "HS256", typ = "at+jwt", secret = SECRET, ...header } = {}) =>
  new SignJWT({
    ...{ sub: claims.accountId, roles: ["member"], sid: claims.sessionId, jti: "j", iss: "accounts", aud: "api" },
    ...{ iat: seconds(), exp: seconds() + 60, ...payload },
  })
    .setProtectedHeader({ alg, typ, ...header })
    .sign(Buffer.from(secret));
const seconds = () => Math.floor(Date.now() / 1000);
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
const parts = () => signedIn.access.split(".") as [string, string, string];

test("the token of a live session is good, and so is one made by the same rules", async () => {
  expect(await verify(signedIn.access)).toEqual({ result: null });
  expect(await verify(await jwt())).toEqual({ result: null });
});

test.each<[string, () => string | Promise<string>]>([
  ["no text of a token", () => "x"],
  ["an empty signature", () => `${parts()[0]}.${parts()[1]}.`],
  ["two parts", () => `${parts()[0]}.${parts()[1]}`],
  ["four parts", () => `${signedIn.access}.e30`],
  ["alg none", () => new UnsecuredJWT({ sub: claims.accountId, sid: claims.sessionId }).encode()],
  ["alg None with a signature", () => `${part({ alg: "None", typ: "at+jwt" })}.${parts()[1]}.${parts()[2]}`],
  ["another algorithm of the same key", () => jwt({}, { alg: "HS512", secret: SECRET + SECRET })],
  ["HS512 under our own key", () => jwt({}, { alg: "HS512" })],
  ["another key", () => jwt({}, { secret: "another secret of at least 32 characters" })],
  ["another type", () => jwt({}, { typ: "JWT" })],
  ["another issuer", () => jwt({ iss: "somebody" })],
  ["another audience", () => jwt({ aud: "mail" })],
  ["an expired one", () => jwt({ exp: seconds() - 1 })],
  ["one that is not good yet", () => jwt({ nbf: seconds() + 60 })],
  ["no expiry", () => jwt({ exp: undefined })],
  ["no session", () => jwt({ sid: undefined })],
  ["no subject", () => jwt({ sub: undefined })],
  ["roles that are no list", () => jwt({ roles: "admin" })],
  ["a session that is not there", () => jwt({ sid: "0193b5a0-7d3c-7c3e-9f5e-0d8f4d1c2b3a" })],
  ["other claims under the old signature", () => `${parts()[0]}.${part({ sub: "admin" })}.${parts()[2]}`],
  ["padding", () => `${signedIn.access}=`],
  ["a blank inside", () => `${parts()[0]}.${parts()[1]} .${parts()[2]}`],
  ["a line break at the end", () => `${signedIn.access}\n`],
  ["another spelling of the signature's last bits", () => respelled(signedIn.access)],
  ["a refresh token", () => signedIn.refresh],
])("%s is refused", async (_title, make) => {
  expect(await verify(await make())).toBe("INVALID_TOKEN");
});

test("a token is good for a quarter of an hour", async () => {
  const made = (ageSeconds: number) =>
    accessTokens({ secret: SECRET }).sign(claims, new Date((seconds() - ageSeconds) * 1000));
  expect(await verify(await made(ACCESS_SECONDS - 60))).toEqual({ result: null });
  expect(await verify(await made(ACCESS_SECONDS))).toBe("INVALID_TOKEN");
});

/** The last character of a 32-byte signature carries four bits; its two lowest are spare. */
function respelled(token: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return token.slice(0, -1) + alphabet[alphabet.indexOf(token.at(-1)!) + 1];
}
