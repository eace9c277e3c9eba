import { createHash, createHmac, randomBytes } from "node:crypto";
import { googleProvider } from "../../../../services/accounts/providers/google.ts";
import type { Grant, IdentityProvider } from "../../../../services/accounts/providers/identity-provider.ts";
import { codeOf } from "../desk.ts";
import { CLIENT, googleAt, openIdProvider, type OpenIdProvider } from "./openid-provider.ts";

const HOME = "https://market.example/signed-in";
const random = () => randomBytes(32).toString("base64url");

let provider: OpenIdProvider;
let google: IdentityProvider;
let reported: string[];

beforeEach(async () => {
  provider = await openIdProvider();
  reported = [];
  google = googleAt(provider.issuer, (line) => reported.push(line));
});
afterEach(() => provider.stop());

/** Somebody's way to the provider and home. */
async function visited(): Promise<Grant> {
  const [codeVerifier, nonce, state] = [random(), random(), random()];
  const codeChallenge = createHash("sha256").update(codeVerifier).digest("base64url");
  const url = await google.authorizationUrl({ redirectUri: HOME, state, nonce, codeChallenge });
  const { code } = await provider.visit(url);
  return { code, codeVerifier, redirectUri: HOME, nonce };
}

test("the browser is sent with code flow, S256, state, nonce and scope, and without the client's secret", async () => {
  const url = new URL(
    await google.authorizationUrl({ redirectUri: HOME, state: "a state", nonce: "a nonce", codeChallenge: "abc" }),
  );
  expect(Object.fromEntries(url.searchParams)).toEqual({
    ...{ client_id: CLIENT.id, response_type: "code", scope: "openid email profile", redirect_uri: HOME },
    ...{ state: "a state", nonce: "a nonce", code_challenge: "abc", code_challenge_method: "S256" },
  });
});

test("a code is exchanged for who somebody is, with the verifier and the redirect URI that it was given for", async () => {
  Object.assign(provider.person, { name: "김민지", picture: "https://example.com/minji.webp" });
  const grant = await visited();
  expect(await google.exchange(grant)).toEqual({
    ...{ subject: provider.person.sub, email: "minji@gmail.example", emailVerified: true },
    ...{ name: "김민지", picture: "https://example.com/minji.webp" },
  });
  expect(provider.exchanges).toEqual([
    {
      ...{ grant_type: "authorization_code", code: grant.code, code_verifier: grant.codeVerifier },
      ...{ redirect_uri: HOME, client_id: CLIENT.id, client_secret: CLIENT.secret },
    },
  ]);
});

test.each<[string, Record<string, unknown>]>([
  ["says no", { email_verified: false }],
  ["says nothing", { email_verified: undefined }],
  ["says so in words only", { email_verified: "true" }],
  ["tells no address", { email: undefined, email_verified: undefined }],
])("an address is not verified when the provider %s", async (_what, claims) => {
  Object.assign(provider.person, claims);
  expect(await google.exchange(await visited())).toMatchObject({ emailVerified: false, name: null, picture: null });
});

test.each<[string, (claims: Record<string, unknown>) => void]>([
  ["expired", (claims) => (claims.exp = Math.floor(Date.now() / 1000) - 60)],
  ["made for another client", (claims) => (claims.aud = "somebody else")],
  [
    "made for several, us not among those who ask",
    (claims) => Object.assign(claims, { aud: ["x", CLIENT.id], azp: "x" }),
  ],
  ["made by another issuer", (claims) => (claims.iss = "https://accounts.example")],
  ["without a subject", (claims) => delete claims.sub],
  ["with another nonce", (claims) => (claims.nonce = random())],
  ["without the nonce", (claims) => delete claims.nonce],
])("an ID token %s is refused", async (_how, change) => {
  provider.mould = ({ payload }) => change(payload);
  expect(await codeOf(google.exchange(await visited()))).toBe("PROVIDER_REFUSED");
});

test("an ID token that another key signed is refused", async () => {
  const grant = await visited();
  const forger = await openIdProvider();
  try {
    const forged = await tokenParts(forger, grant);
    provider.answer = tokenAnswer(Object.values(forged).join("."));
    expect(await codeOf(google.exchange(grant))).toBe("PROVIDER_REFUSED");
  } finally {
    await forger.stop();
  }
});

test("an ID token that was altered on its way is refused", async () => {
  const grant = await visited();
  const { header, payload, signature } = await tokenParts(provider, grant);
  const claims = JSON.parse(Buffer.from(payload!, "base64url").toString()) as object;
  const altered = Buffer.from(JSON.stringify({ ...claims, sub: "somebody else" })).toString("base64url");
  provider.answer = tokenAnswer([header, altered, signature].join("."));
  expect(await codeOf(google.exchange(grant))).toBe("PROVIDER_REFUSED");
});

test.each(["none", "HS256", "ES256"])("an ID token of the algorithm %s is refused", async (alg) => {
  const grant = await visited();
  const { payload } = await tokenParts(provider, grant);
  const header = Buffer.from(JSON.stringify({ alg, typ: "JWT" })).toString("base64url");
  const signature = alg === "HS256" ? hs256(`${header}.${payload}`) : "";
  provider.answer = tokenAnswer(`${header}.${payload}.${signature}`);
  expect(await codeOf(google.exchange(grant))).toBe("PROVIDER_REFUSED");
});

const hs256 = (text: string) => createHmac("sha256", CLIENT.secret).update(text).digest("base64url");

/** A good ID token for the grant in all but its key, which is the issuer's own. */
async function tokenParts(by: OpenIdProvider, { nonce }: Grant) {
  by.mould = ({ payload }) => Object.assign(payload, { iss: provider.issuer, nonce, aud: CLIENT.id });
  const answer = await fetch(`${by.issuer}/token`, {
    method: "POST",
    body: new URLSearchParams({ grant_type: "authorization_code", code: "any", client_id: CLIENT.id }),
  });
  const { id_token: token } = (await answer.json()) as { id_token: string };
  const [header, payload, signature] = token.split(".");
  return { header, payload, signature };
}

const tokenAnswer = (id_token: string) => ({
  statusCode: 200,
  body: { access_token: "x", token_type: "Bearer", expires_in: 3600, id_token },
});

test("a nonce that the client does not know of is refused", async () => {
  const { nonce: _nonce, ...grant } = await visited();
  expect(await codeOf(google.exchange(grant))).toBe("PROVIDER_REFUSED");
});

test("a wrong verifier is refused, and the exchange is made once", async () => {
  expect(await codeOf(google.exchange({ ...(await visited()), codeVerifier: random() }))).toBe("PROVIDER_REFUSED");
  expect(provider.asked.filter((path) => path === "/token")).toHaveLength(1);
});

test("a code is good once", async () => {
  const grant = await visited();
  await google.exchange(grant);
  expect(await codeOf(google.exchange(grant))).toBe("PROVIDER_REFUSED");
});

test("a code that somebody else sent home is refused before it is exchanged", async () => {
  const grant = await visited();
  expect(await codeOf(google.exchange({ ...grant, iss: "https://evil.example" }))).toBe("PROVIDER_REFUSED");
  expect(provider.asked).not.toContain("/token");
  expect(await google.exchange({ ...grant, iss: provider.issuer })).toMatchObject({ emailVerified: true });
});

test.each([
  [400, "invalid_grant", "PROVIDER_REFUSED"],
  [400, "redirect_uri_mismatch", "PROVIDER_REFUSED"],
  [401, "invalid_client", "PROVIDER_UNAVAILABLE"],
  [429, "rate_limited", "PROVIDER_UNAVAILABLE"],
  [503, "temporarily_unavailable", "PROVIDER_UNAVAILABLE"],
  [400, "temporarily_unavailable", "PROVIDER_UNAVAILABLE"],
])("%d %s becomes %s", async (statusCode, error, code) => {
  provider.answer = { statusCode, body: { error, error_description: `about ${CLIENT.secret}` } };
  expect(await codeOf(google.exchange(await visited()))).toBe(code);
});

test("whoever runs this learns of wrong credentials, and nobody learns the secret, the code or the verifier", async () => {
  provider.answer = { statusCode: 401, body: { error: "invalid_client", error_description: CLIENT.secret } };
  const grant = await visited();
  const error = await google.exchange(grant).catch((thrown: unknown) => thrown as Error & { data?: unknown });
  expect(reported).toEqual(["Google does not know this installation: look at its id and secret (invalid_client)"]);
  const said = JSON.stringify([reported, { ...error }, String(error), (error as Error).stack, (error as Error).cause]);
  for (const secret of [CLIENT.secret, grant.code, grant.codeVerifier]) expect(said).not.toContain(secret);
});

test("the provider's addresses are asked for once, however many sign in", async () => {
  await Promise.all(Array.from({ length: 5 }, () => visited()));
  expect(provider.asked.filter((path) => path.endsWith("openid-configuration"))).toHaveLength(1);
});

test("a failure to learn the addresses is not remembered", async () => {
  provider.delayMs = 3000;
  expect(await codeOf(visited())).toBe("PROVIDER_UNAVAILABLE");
  provider.delayMs = 0;
  expect(await google.exchange(await visited())).toMatchObject({ subject: provider.person.sub });
});

test("a provider without TLS is spoken to on this machine only", async () => {
  const plain = googleProvider({
    client: CLIENT,
    issuer: "http://provider.example",
    report: (line) => reported.push(line),
  });
  expect(await codeOf(plain.authorizationUrl({ redirectUri: HOME, state: "s", nonce: "n", codeChallenge: "c" }))).toBe(
    "PROVIDER_UNAVAILABLE",
  );
  expect(reported.join()).toContain("OAUTH_HTTP_REQUEST_FORBIDDEN");
});
