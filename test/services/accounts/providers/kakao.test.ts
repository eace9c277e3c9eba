import { createHash, randomBytes } from "node:crypto";
import { generateKeyPair, SignJWT } from "jose";
import type { Grant, IdentityProvider } from "../../../../services/accounts/providers/identity-provider.ts";
import { kakaoProvider } from "../../../../services/accounts/providers/kakao.ts";
import { codeOf } from "../desk.ts";
import { KAKAO_CLIENT, kakaoAt, MINJI_AT_KAKAO, openKakao, type KakaoDouble } from "./kakao-double.ts";

const HOME = "https://market.example/signed-in";
const random = () => randomBytes(32).toString("base64url");

let double: KakaoDouble;
let kakao: IdentityProvider;
let reported: string[];

beforeEach(async () => {
  double = await openKakao();
  reported = [];
  kakao = kakaoAt(double.url, (line) => reported.push(line));
});
afterEach(() => double.stop());

/** Somebody's way to Kakao and home. */
async function visited(): Promise<Grant> {
  const [codeVerifier, nonce, state] = [random(), random(), random()];
  const codeChallenge = createHash("sha256").update(codeVerifier).digest("base64url");
  const url = await kakao.authorizationUrl({ redirectUri: HOME, state, nonce, codeChallenge });
  const { code } = await double.visit(url);
  return { code, codeVerifier, redirectUri: HOME, nonce };
}

test("the browser is sent to Kakao with code flow, S256 and state, and without scopes that Kakao may not know", async () => {
  const there = kakaoProvider({ client: KAKAO_CLIENT, report: () => undefined });
  const order = { redirectUri: HOME, state: "a state", nonce: "a nonce", codeChallenge: "abc" };
  const url = new URL(await there.authorizationUrl(order));
  expect(url.origin + url.pathname).toBe("https://kauth.kakao.com/oauth/authorize");
  expect(Object.fromEntries(url.searchParams)).toEqual({
    ...{ client_id: KAKAO_CLIENT.id, response_type: "code", redirect_uri: HOME, state: "a state" },
    ...{ code_challenge: "abc", code_challenge_method: "S256" },
  });
});

test("a code is exchanged for an access token, and that for who somebody is", async () => {
  expect(await kakao.exchange(await visited())).toEqual({
    ...{ subject: "3141592653", email: "minji@kakao.example", emailVerified: true },
    ...{ name: "민지", picture: "http://k.kakaocdn.example/minji.jpg" },
  });
});

const account = MINJI_AT_KAKAO.kakao_account;
test.each<[string, object | undefined, boolean]>([
  ["is valid and verified", account, true],
  ["is verified, but somebody else has it at Kakao now", { ...account, is_email_valid: false }, false],
  ["is valid, but not verified", { ...account, is_email_verified: false }, false],
  ["is shown without a word about it", { email: account.email }, false],
  ["is verified in words only", { ...account, is_email_verified: "true" }, false],
  ["is kept back", { profile: account.profile }, false],
  ["is kept back with all the rest", undefined, false],
])("an e-mail address that %s", async (_how, kakao_account, isVerified) => {
  double.person = { ...MINJI_AT_KAKAO, kakao_account };
  expect(await kakao.exchange(await visited())).toMatchObject({ subject: "3141592653", emailVerified: isVerified });
});

test.each<[string, Partial<Grant>]>([
  ["another code", { code: "no code of Kakao's" }],
  ["another verifier", { codeVerifier: random() }],
  ["another redirect URI", { redirectUri: "https://market.example/elsewhere" }],
  ["a code that another issuer sent home", { iss: "https://accounts.google.com" }],
])("%s is refused", async (_what, change) => {
  expect(await codeOf(kakao.exchange({ ...(await visited()), ...change }))).toBe("PROVIDER_REFUSED");
});

test("a code is good once", async () => {
  const grant = await visited();
  await kakao.exchange(grant);
  expect(await codeOf(kakao.exchange(grant))).toBe("PROVIDER_REFUSED");
});

const idToken = async (claims: object) =>
  new SignJWT({ sub: "3141592653", aud: KAKAO_CLIENT.id, iss: double.url, ...claims })
    .setProtectedHeader({ alg: "RS256" })
    .setIssuedAt()
    .setExpirationTime("1h")
    .sign((await generateKeyPair("RS256")).privateKey);

test.each<[string, (grant: Grant) => object, boolean]>([
  ["with the nonce of a client's own flow is good", ({ nonce }) => ({ nonce }), true],
  ["without a nonce is good", () => ({}), true],
  ["with another nonce is refused", () => ({ nonce: random() }), false],
  ["for another app is refused", () => ({ aud: "somebody else" }), false],
  ["of another issuer is refused", () => ({ iss: "https://kauth.example" }), false],
])("an ID token %s", async (_how, claims, isAccepted) => {
  const grant = await visited();
  double.alsoAnswered = { id_token: await idToken(claims(grant)) };
  const answer = await codeOf(kakao.exchange(grant));
  if (isAccepted) expect(answer).toMatchObject({ result: { subject: "3141592653" } });
  else expect(answer).toBe("PROVIDER_REFUSED");
});

test.each<[string, unknown]>([
  ["no number", { id: "3141592653" }],
  ["a number that JSON cannot hold exactly", { id: 2 ** 60 }],
  ["none at all", { msg: "internal error", code: -1 }],
])("somebody whose id is %s is nobody", async (_how, person) => {
  double.person = person;
  expect(await codeOf(kakao.exchange(await visited()))).toBe("PROVIDER_UNAVAILABLE");
});

test("Kakao being down is said, and what was sent is not", async () => {
  const grant = await visited();
  await double.stop();
  expect(await codeOf(kakao.exchange(grant))).toBe("PROVIDER_UNAVAILABLE");
  expect(reported).toHaveLength(1);
  for (const secret of [KAKAO_CLIENT.secret, grant.code, grant.codeVerifier]) expect(reported[0]).not.toContain(secret);
});

test("wrong credentials are the operator's to mend", async () => {
  const wrong = kakaoProvider({
    client: { ...KAKAO_CLIENT, secret: "an old one" },
    ...{ authUrl: double.url, apiUrl: double.url, report: (line: string) => reported.push(line) },
  });
  expect(await codeOf(wrong.exchange(await visited()))).toBe("PROVIDER_UNAVAILABLE");
  expect(reported).toEqual(["Kakao does not know this installation: look at its id and secret (invalid_client)"]);
});
